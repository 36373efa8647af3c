#!/bin/sh
# oneDNN 2.6 (Debian 12's) convolves maps in blocks of sixteen channels (nChw16c) by a reference loop where the processor has no AVX-512: hundreds
# of times as slow, without a word.
#
# The form is right for AVX-512, and every primitive takes it anywhere: results are the same, nothing is refused, no status and no message says
# that `ref:any` was chosen. A program that keeps its values in that form, written and timed on a server, takes a second and more for what lasts a
# millisecond on a desktop's or an older AMD's processor. Blocks of eight (nChw8c), or `dnnl_format_tag_any`, get generated code for AVX2. Met by
# whoever fixes a layout for whole networks instead of asking every convolution for its own. DNNL_VERBOSE=1 or `dnnl_query_impl_info_str` shows it.
# What we do: where the name of the implementation begins with `ref`, the primitive is made for a form of the library's choice, with reorders.
# Needs gcc, Debian 12's package index and a processor with AVX2; where there is AVX-512, the library is told to do without.
set -eu
if ! grep -q avx2 /proc/cpuinfo; then
    echo "This processor has no AVX2: there is nothing to be seen on it."
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
#include <string.h>
#include <time.h>

#define CHECK(call) do { dnnl_status_t s = (call); if (s != dnnl_success) { printf("%s: %d\n", #call, s); exit(2); } } while (0)

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static dnnl_memory_t memory(const dnnl_memory_desc_t *md) {
    dnnl_memory_t made;
    void *bytes = aligned_alloc(64, (dnnl_memory_desc_get_size(md) + 63) / 64 * 64);
    memset(bytes, 0, dnnl_memory_desc_get_size(md));
    CHECK(dnnl_memory_create(&made, md, engine, bytes));
    return made;
}

// The least time of a 3 x 3 convolution of a 64 x 32 x 32 map to as many channels, in milliseconds, and what computes it.
static double look(dnnl_format_tag_t tag, char name[64]) {
    dnnl_dims_t map = {1, 64, 32, 32}, kernels = {64, 64, 3, 3}, one = {1, 1};
    dnnl_memory_desc_t values, any;
    dnnl_convolution_desc_t convolution;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    const char *implementation;
    CHECK(dnnl_memory_desc_init_by_tag(&values, 4, map, dnnl_f32, tag));
    CHECK(dnnl_memory_desc_init_by_tag(&any, 4, kernels, dnnl_f32, dnnl_format_tag_any));
    CHECK(dnnl_convolution_forward_desc_init(
        &convolution, dnnl_forward_inference, dnnl_convolution_direct, &values, &any, NULL, &values, one, one, one));
    CHECK(dnnl_primitive_desc_create(&description, &convolution, NULL, engine, NULL));
    CHECK(dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &implementation));
    snprintf(name, 64, "%s", implementation);
    CHECK(dnnl_primitive_create(&primitive, description));
    const dnnl_memory_desc_t *weights = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, memory(dnnl_primitive_desc_query_md(description, dnnl_query_src_md, 0))}, {DNNL_ARG_WEIGHTS, memory(weights)},
        {DNNL_ARG_DST, memory(dnnl_primitive_desc_query_md(description, dnnl_query_dst_md, 0))},
    };
    double least = 1e9;
    for (int i = 0; i < 5; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        CHECK(dnnl_primitive_execute(primitive, stream, 3, arguments));
        CHECK(dnnl_stream_wait(stream));
        clock_gettime(CLOCK_MONOTONIC, &b);
        double time = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) * 1e-6;
        if (time < least) least = time;
    }
    return least;
}

int main(void) {
    char sixteen[64], eight[64], any[64];
    CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
    CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    const dnnl_version_t *version = dnnl_version();
    printf("oneDNN %d.%d.%d\n", version->major, version->minor, version->patch);
    double slow = look(dnnl_nChw16c, sixteen), fast = look(dnnl_nChw8c, eight), free = look(dnnl_format_tag_any, any);
    printf("blocks of sixteen: %s, %.2f ms\nblocks of eight:   %s, %.2f ms\nany:               %s, %.2f ms\n", sixteen, slow, eight, fast, any, free);
    if (strncmp(sixteen, "ref", 3) || strncmp(eight, "jit", 3) || strncmp(any, "jit", 3) || slow < 20 * fast) {
        printf("CHANGED: blocks of sixteen are no longer left to a slow loop without AVX-512\n");
        return 1;
    }
    return 0;
}
C
gcc -O2 -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu program.c -o program -Lroot/usr/lib/x86_64-linux-gnu -ldnnl
DNNL_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu ./program
