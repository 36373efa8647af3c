#!/bin/sh
# oneDNN 2.6 (Debian 12's) packs kernels for its Winograd convolution more slowly than it convolves with them.
#
# Its documentation advises to let a convolution choose the layout of its weights and to reorder them into it. Where weights stay, that is done
# once. Where they change with every step, as in training, it is a part of the step: for 16 maps of 64 x 8 x 8 and 64 x 64 kernels of 3 x 3 the
# reorder (`wino_reorder`) takes five times as long as the convolution, and twice that where the gradient is computed that way too. Timing
# convolutions alone, as one does to choose between algorithms, does not show it: Winograd's looks faster than the direct one and is slower.
# Met by whoever trains, fine-tunes or prunes with oneDNN's primitives. DNNL_VERBOSE=1 shows it.
# What we do: the packing is linear, so what it does with a few kernels tells all of it, and a loop of ours does the same.
# Needs gcc, Debian 12's package index and a processor with AVX-512, without which the library has no such convolution.
set -eu
if ! grep -q avx512bw /proc/cpuinfo; then
    echo "This processor has no AVX-512: there is nothing to be seen on it."
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -o APT::Sandbox::User=root download -qq libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >program.c <<'C'
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(call) do { dnnl_status_t s = (call); if (s != dnnl_success) { printf("%s: %d\n", #call, s); exit(2); } } while (0)

enum { N = 16, C = 64, SIDE = 8, ROUNDS = 200 };

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static dnnl_memory_t memory(const dnnl_memory_desc_t *md) {
    dnnl_memory_t made;
    void *bytes = aligned_alloc(64, (dnnl_memory_desc_get_size(md) + 63) / 64 * 64);
    for (size_t i = 0; i < dnnl_memory_desc_get_size(md) / sizeof(float); i++) ((float *)bytes)[i] = (float)(i % 17) / 17 - 0.5f;
    CHECK(dnnl_memory_create(&made, md, engine, bytes));
    return made;
}

// The least time of a primitive in milliseconds: the machine may have other work.
static double timed(dnnl_primitive_t primitive, dnnl_exec_arg_t *arguments, int count) {
    double least = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        CHECK(dnnl_primitive_execute(primitive, stream, count, arguments));
        CHECK(dnnl_stream_wait(stream));
        clock_gettime(CLOCK_MONOTONIC, &b);
        double time = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) * 1e-6;
        if (time < least) least = time;
    }
    return least;
}

// The times of packing weights and of the convolution.
static void look(dnnl_alg_kind_t algorithm, double result[2]) {
    dnnl_dims_t maps = {N, C, SIDE, SIDE}, kernels = {C, C, 3, 3}, one = {1, 1};
    dnnl_memory_desc_t map, any, plain;
    CHECK(dnnl_memory_desc_init_by_tag(&map, 4, maps, dnnl_f32, dnnl_nChw16c));
    CHECK(dnnl_memory_desc_init_by_tag(&any, 4, kernels, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_memory_desc_init_by_tag(&plain, 4, kernels, dnnl_f32, dnnl_abcd));
    dnnl_convolution_desc_t description;
    CHECK(dnnl_convolution_forward_desc_init(&description, dnnl_forward_inference, algorithm, &map, &any, NULL, &map, one, one, one));
    dnnl_primitive_desc_t convolving, packing;
    CHECK(dnnl_primitive_desc_create(&convolving, &description, NULL, engine, NULL));
    const dnnl_memory_desc_t *packed = dnnl_primitive_desc_query_md(convolving, dnnl_query_weights_md, 0);
    CHECK(dnnl_reorder_primitive_desc_create(&packing, &plain, engine, packed, engine, NULL));
    dnnl_primitive_t convolution, reorder;
    CHECK(dnnl_primitive_create(&convolution, convolving));
    CHECK(dnnl_primitive_create(&reorder, packing));
    dnnl_memory_t weights = memory(packed);
    dnnl_exec_arg_t from[] = {{DNNL_ARG_FROM, memory(&plain)}, {DNNL_ARG_TO, weights}};
    result[0] = timed(reorder, from, 2);
    dnnl_exec_arg_t all[] = {{DNNL_ARG_SRC, memory(&map)}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, memory(&map)}};
    result[1] = timed(convolution, all, 3);
    const char *name;
    CHECK(dnnl_primitive_desc_query(convolving, dnnl_query_impl_info_str, 0, &name));
    printf("%s: packing 64 x 64 x 3 x 3 weights %.2f ms, convolving 16 maps of 64 x 8 x 8 %.2f ms\n", name, result[0], result[1]);
}

int main(void) {
    const dnnl_version_t *version = dnnl_version();
    printf("oneDNN %d.%d.%d, one thread\n", version->major, version->minor, version->patch);
    CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
    CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    double direct[2], winograd[2];
    look(dnnl_convolution_direct, direct);
    look(dnnl_convolution_winograd, winograd);
    if (winograd[0] < winograd[1]) {
        printf("CHANGED: packing is faster than convolving\n");
        return 1;
    }
    if (winograd[1] > direct[1] || winograd[0] + winograd[1] < direct[0] + direct[1]) {
        printf("CHANGED: with packing counted the order of the two algorithms is no other than without\n");
        return 1;
    }
    return 0;
}
C
gcc -O1 program.c -o program -I root/usr/include -L root/usr/lib/x86_64-linux-gnu -ldnnl
LD_LIBRARY_PATH="$folder/root/usr/lib/x86_64-linux-gnu" OMP_NUM_THREADS=1 ./program
