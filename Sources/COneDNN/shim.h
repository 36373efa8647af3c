// What Vitrine needs of oneDNN, in a form that reads the same for version 2 and version 3.
//
// The C API changed between the two: descriptors became opaque, operation descriptors went away. All calls that differ
// are here, chosen by the headers; Swift sees one set of functions. A `vitrine_md` is an owned memory descriptor.
#ifndef VITRINE_ONEDNN_SHIM_H
#define VITRINE_ONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// From libgomp, which oneDNN's processor runtime uses; its header lives in GCC's private folder.
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);
extern int omp_get_num_threads(void);
extern int omp_get_thread_num(void);
// What GCC makes of `#pragma omp parallel`: runs `body(data)` on every thread of the pool; part of libgomp's stable interface.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);

typedef void *vitrine_md;

typedef struct {
    int64_t stride[2];
    int64_t dilation[2]; // 0 is a dense kernel
    int64_t padding_low[2];
    int64_t padding_high[2];
    int64_t kernel[2]; // pooling only
} vitrine_window;

typedef enum { vitrine_activation_none = 0, vitrine_activation_relu = 1, vitrine_activation_clip = 2 } vitrine_activation;

#if DNNL_VERSION_MAJOR >= 3

// A descriptor as the library takes it.
typedef const_dnnl_memory_desc_t vitrine_borrowed_md;

static inline void vitrine_md_destroy(vitrine_md md) { if (md) dnnl_memory_desc_destroy((dnnl_memory_desc_t)md); }

static inline dnnl_status_t vitrine_md_create(vitrine_md *md, int rank, const int64_t *dims, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&made, rank, dims, type, tag);
    *md = made;
    return status;
}

static inline dnnl_status_t vitrine_md_create_strided(vitrine_md *md, int rank, const int64_t *dims, const int64_t *strides) {
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_strides(&made, rank, dims, dnnl_f32, strides);
    *md = made;
    return status;
}

static inline dnnl_status_t vitrine_append_eltwise(dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(operations, kind, alpha, beta);
}

static inline dnnl_status_t vitrine_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, vitrine_md left, vitrine_md right,
    vitrine_md bias, vitrine_md result, const_dnnl_primitive_attr_t attributes) {
    return dnnl_matmul_primitive_desc_create(pd, engine, (const_dnnl_memory_desc_t)left, (const_dnnl_memory_desc_t)right,
        (const_dnnl_memory_desc_t)bias, (const_dnnl_memory_desc_t)result, attributes);
}

static inline dnnl_status_t vitrine_eltwise_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, float alpha,
    float beta, vitrine_md values, const_dnnl_primitive_attr_t attributes) {
    return dnnl_eltwise_forward_primitive_desc_create(pd, engine, dnnl_forward_training, kind, (const_dnnl_memory_desc_t)values,
        (const_dnnl_memory_desc_t)values, alpha, beta, attributes);
}

static inline dnnl_status_t vitrine_eltwise_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, float alpha,
    float beta, vitrine_md values, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    return dnnl_eltwise_backward_primitive_desc_create(pd, engine, kind, (const_dnnl_memory_desc_t)values,
        (const_dnnl_memory_desc_t)values, (const_dnnl_memory_desc_t)values, alpha, beta, hint, attributes);
}

static inline dnnl_status_t vitrine_softmax_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, int axis, vitrine_md values,
    const_dnnl_primitive_attr_t attributes) {
    return dnnl_softmax_forward_primitive_desc_create(pd, engine, dnnl_forward_training, dnnl_softmax_accurate,
        (const_dnnl_memory_desc_t)values, (const_dnnl_memory_desc_t)values, axis, attributes);
}

static inline dnnl_status_t vitrine_softmax_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, int axis, vitrine_md values,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    return dnnl_softmax_backward_primitive_desc_create(pd, engine, dnnl_softmax_accurate, (const_dnnl_memory_desc_t)values,
        (const_dnnl_memory_desc_t)values, (const_dnnl_memory_desc_t)values, axis, hint, attributes);
}

static inline dnnl_status_t vitrine_pd_md(vitrine_md *md, const_dnnl_primitive_desc_t pd, dnnl_query_t what) {
    const_dnnl_memory_desc_t borrowed = dnnl_primitive_desc_query_md(pd, what, 0);
    if (!borrowed) { *md = NULL; return dnnl_unimplemented; }
    dnnl_memory_desc_t copy = NULL;
    dnnl_status_t status = dnnl_memory_desc_clone(&copy, borrowed);
    *md = copy;
    return status;
}

static inline dnnl_status_t vitrine_convolution_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source, vitrine_md weights,
    vitrine_md bias, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    return dnnl_convolution_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, kind,
        (const_dnnl_memory_desc_t)source, (const_dnnl_memory_desc_t)weights, (const_dnnl_memory_desc_t)bias,
        (const_dnnl_memory_desc_t)destination, w->stride, w->dilation, w->padding_low, w->padding_high, attributes);
}

static inline dnnl_status_t vitrine_convolution_backward_data(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md forward_source, vitrine_md weights, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(&hint, engine, dnnl_forward_training, kind,
        (const_dnnl_memory_desc_t)forward_source, (const_dnnl_memory_desc_t)weights, NULL, (const_dnnl_memory_desc_t)destination,
        w->stride, w->dilation, w->padding_low, w->padding_high, attributes);
    if (status == dnnl_success)
        status = dnnl_convolution_backward_data_primitive_desc_create(pd, engine, kind,
            (const_dnnl_memory_desc_t)source, (const_dnnl_memory_desc_t)weights, (const_dnnl_memory_desc_t)destination,
            w->stride, w->dilation, w->padding_low, w->padding_high, hint, attributes);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
}

static inline dnnl_status_t vitrine_convolution_backward_weights(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md weights, vitrine_md bias, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(&hint, engine, dnnl_forward_training, kind,
        (const_dnnl_memory_desc_t)source, (const_dnnl_memory_desc_t)weights, (const_dnnl_memory_desc_t)bias,
        (const_dnnl_memory_desc_t)destination, w->stride, w->dilation, w->padding_low, w->padding_high, attributes);
    if (status == dnnl_success)
        status = dnnl_convolution_backward_weights_primitive_desc_create(pd, engine, kind,
            (const_dnnl_memory_desc_t)source, (const_dnnl_memory_desc_t)weights, (const_dnnl_memory_desc_t)bias,
            (const_dnnl_memory_desc_t)destination, w->stride, w->dilation, w->padding_low, w->padding_high, hint, attributes);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
}

static inline dnnl_status_t vitrine_pooling_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, bool training,
    vitrine_md source, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    return dnnl_pooling_forward_primitive_desc_create(pd, engine, training ? dnnl_forward_training : dnnl_forward_inference, kind,
        (const_dnnl_memory_desc_t)source, (const_dnnl_memory_desc_t)destination, w->stride, w->kernel, w->dilation, w->padding_low,
        w->padding_high, attributes);
}

static inline dnnl_status_t vitrine_pooling_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    return dnnl_pooling_backward_primitive_desc_create(pd, engine, kind, (const_dnnl_memory_desc_t)source,
        (const_dnnl_memory_desc_t)destination, w->stride, w->kernel, w->dilation, w->padding_low, w->padding_high, hint, attributes);
}

#else

typedef const dnnl_memory_desc_t *vitrine_borrowed_md;

static inline void vitrine_md_destroy(vitrine_md md) { free(md); }

static inline dnnl_status_t vitrine_md_copy(vitrine_md *md, const dnnl_memory_desc_t *from) {
    *md = malloc(sizeof(dnnl_memory_desc_t));
    if (!*md) return dnnl_out_of_memory;
    memcpy(*md, from, sizeof(dnnl_memory_desc_t));
    return dnnl_success;
}

static inline dnnl_status_t vitrine_md_create(vitrine_md *md, int rank, const int64_t *dims, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made;
    *md = NULL;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&made, rank, dims, type, tag);
    return status == dnnl_success ? vitrine_md_copy(md, &made) : status;
}

static inline dnnl_status_t vitrine_md_create_strided(vitrine_md *md, int rank, const int64_t *dims, const int64_t *strides) {
    dnnl_memory_desc_t made;
    *md = NULL;
    dnnl_status_t status = dnnl_memory_desc_init_by_strides(&made, rank, dims, dnnl_f32, strides);
    return status == dnnl_success ? vitrine_md_copy(md, &made) : status;
}

static inline dnnl_status_t vitrine_append_eltwise(dnnl_post_ops_t operations, dnnl_alg_kind_t kind, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(operations, 1.f, kind, alpha, beta);
}

static inline dnnl_status_t vitrine_matmul(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, vitrine_md left, vitrine_md right,
    vitrine_md bias, vitrine_md result, const_dnnl_primitive_attr_t attributes) {
    dnnl_matmul_desc_t desc;
    dnnl_status_t status = dnnl_matmul_desc_init(&desc, (const dnnl_memory_desc_t *)left, (const dnnl_memory_desc_t *)right,
        (const dnnl_memory_desc_t *)bias, (const dnnl_memory_desc_t *)result);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, NULL) : status;
}

static inline dnnl_status_t vitrine_eltwise_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, float alpha,
    float beta, vitrine_md values, const_dnnl_primitive_attr_t attributes) {
    dnnl_eltwise_desc_t desc;
    dnnl_status_t status = dnnl_eltwise_forward_desc_init(&desc, dnnl_forward_training, kind, (const dnnl_memory_desc_t *)values, alpha, beta);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, NULL) : status;
}

static inline dnnl_status_t vitrine_eltwise_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, float alpha,
    float beta, vitrine_md values, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    dnnl_eltwise_desc_t desc;
    dnnl_status_t status = dnnl_eltwise_backward_desc_init(&desc, kind, (const dnnl_memory_desc_t *)values,
        (const dnnl_memory_desc_t *)values, alpha, beta);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, hint) : status;
}

static inline dnnl_status_t vitrine_softmax_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, int axis, vitrine_md values,
    const_dnnl_primitive_attr_t attributes) {
    dnnl_softmax_desc_t desc;
    dnnl_status_t status = dnnl_softmax_forward_desc_init(&desc, dnnl_forward_training, (const dnnl_memory_desc_t *)values, axis);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, NULL) : status;
}

static inline dnnl_status_t vitrine_softmax_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, int axis, vitrine_md values,
    const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    dnnl_softmax_desc_t desc;
    dnnl_status_t status = dnnl_softmax_backward_desc_init(&desc, (const dnnl_memory_desc_t *)values, (const dnnl_memory_desc_t *)values, axis);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, hint) : status;
}

static inline dnnl_status_t vitrine_pd_md(vitrine_md *md, const_dnnl_primitive_desc_t pd, dnnl_query_t what) {
    const dnnl_memory_desc_t *borrowed = dnnl_primitive_desc_query_md(pd, what, 0);
    *md = NULL;
    return borrowed ? vitrine_md_copy(md, borrowed) : dnnl_unimplemented;
}

static inline dnnl_status_t vitrine_convolution_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source, vitrine_md weights,
    vitrine_md bias, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(&desc, dnnl_forward_inference, kind,
        (const dnnl_memory_desc_t *)source, (const dnnl_memory_desc_t *)weights, (const dnnl_memory_desc_t *)bias,
        (const dnnl_memory_desc_t *)destination, w->stride, w->dilation, w->padding_low, w->padding_high);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, NULL) : status;
}

static inline dnnl_status_t vitrine_convolution_backward_data(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md forward_source, vitrine_md weights, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(&desc, dnnl_forward_training, kind,
        (const dnnl_memory_desc_t *)forward_source, (const dnnl_memory_desc_t *)weights, NULL, (const dnnl_memory_desc_t *)destination,
        w->stride, w->dilation, w->padding_low, w->padding_high);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&hint, &desc, attributes, engine, NULL);
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_backward_data_desc_init(&desc, kind, (const dnnl_memory_desc_t *)source,
            (const dnnl_memory_desc_t *)weights, (const dnnl_memory_desc_t *)destination, w->stride, w->dilation, w->padding_low,
            w->padding_high);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(pd, &desc, attributes, engine, hint);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
}

static inline dnnl_status_t vitrine_convolution_backward_weights(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md weights, vitrine_md bias, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(&desc, dnnl_forward_training, kind,
        (const dnnl_memory_desc_t *)source, (const dnnl_memory_desc_t *)weights, (const dnnl_memory_desc_t *)bias,
        (const dnnl_memory_desc_t *)destination, w->stride, w->dilation, w->padding_low, w->padding_high);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&hint, &desc, attributes, engine, NULL);
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_backward_weights_desc_init(&desc, kind, (const dnnl_memory_desc_t *)source,
            (const dnnl_memory_desc_t *)weights, (const dnnl_memory_desc_t *)bias, (const dnnl_memory_desc_t *)destination, w->stride,
            w->dilation, w->padding_low, w->padding_high);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(pd, &desc, attributes, engine, hint);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return status;
}

static inline dnnl_status_t vitrine_pooling_forward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, bool training,
    vitrine_md source, vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_attr_t attributes) {
    dnnl_pooling_v2_desc_t desc;
    dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(&desc, training ? dnnl_forward_training : dnnl_forward_inference, kind,
        (const dnnl_memory_desc_t *)source, (const dnnl_memory_desc_t *)destination, w->stride, w->kernel, w->dilation, w->padding_low,
        w->padding_high);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, NULL) : status;
}

static inline dnnl_status_t vitrine_pooling_backward(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, dnnl_alg_kind_t kind, vitrine_md source,
    vitrine_md destination, const vitrine_window *w, const_dnnl_primitive_desc_t hint, const_dnnl_primitive_attr_t attributes) {
    dnnl_pooling_v2_desc_t desc;
    dnnl_status_t status = dnnl_pooling_v2_backward_desc_init(&desc, kind, (const dnnl_memory_desc_t *)source,
        (const dnnl_memory_desc_t *)destination, w->stride, w->kernel, w->dilation, w->padding_low, w->padding_high);
    return status == dnnl_success ? dnnl_primitive_desc_create(pd, &desc, attributes, engine, hint) : status;
}

#endif

// The same in both versions.

static inline size_t vitrine_md_size(vitrine_md md) { return dnnl_memory_desc_get_size((vitrine_borrowed_md)md); }

static inline bool vitrine_md_equal(vitrine_md a, vitrine_md b) {
    return dnnl_memory_desc_equal((vitrine_borrowed_md)a, (vitrine_borrowed_md)b) != 0;
}

static inline dnnl_status_t vitrine_memory_create(dnnl_memory_t *memory, vitrine_md md, dnnl_engine_t engine, void *handle) {
    return dnnl_memory_create(memory, (vitrine_borrowed_md)md, engine, handle);
}

static inline dnnl_status_t vitrine_post_operations(dnnl_primitive_attr_t attributes, float scale, vitrine_md added, vitrine_activation activation, float upper) {
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = dnnl_post_ops_create(&operations);
    if (status == dnnl_success && scale != 1.f)
        status = vitrine_append_eltwise(operations, dnnl_eltwise_linear, scale, 0.f);
    if (status == dnnl_success && added)
        status = dnnl_post_ops_append_binary(operations, dnnl_binary_add, (vitrine_borrowed_md)added);
    if (status == dnnl_success && activation == vitrine_activation_relu)
        status = vitrine_append_eltwise(operations, dnnl_eltwise_relu, 0.f, 0.f);
    if (status == dnnl_success && activation == vitrine_activation_clip)
        status = vitrine_append_eltwise(operations, dnnl_eltwise_clip, 0.f, upper);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
    if (operations) dnnl_post_ops_destroy(operations);
    return status;
}

static inline dnnl_status_t vitrine_reorder(dnnl_primitive_desc_t *pd, dnnl_engine_t engine, vitrine_md source, vitrine_md destination,
    const_dnnl_primitive_attr_t attributes) {
    return dnnl_reorder_primitive_desc_create(pd, (vitrine_borrowed_md)source, engine, (vitrine_borrowed_md)destination, engine,
        attributes);
}

static inline const char *vitrine_implementation(const_dnnl_primitive_desc_t pd) {
    const char *name = NULL;
    return dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) == dnnl_success ? name : "";
}

#endif
