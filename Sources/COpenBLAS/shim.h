// What Vitrine needs of OpenBLAS. The library carries LAPACK itself, under Fortran's names and with 32-bit integers in
// Debian's build, so that LAPACKE and its header are not needed.
#ifndef VITRINE_OPENBLAS_SHIM_H
#define VITRINE_OPENBLAS_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

extern void openblas_set_num_threads(int threads);
extern char *openblas_get_config(void);

// DGEMM: C = alpha A B + beta C, column-major.
extern void dgemm_(const char *left_transposed, const char *right_transposed, const int32_t *rows, const int32_t *columns,
    const int32_t *inner, const double *alpha, const double *left, const int32_t *left_leading, const double *right,
    const int32_t *right_leading, const double *beta, double *result, const int32_t *result_leading, size_t left_length,
    size_t right_length);

// DSYRK: C = alpha A A^T + beta C, or with A transposed, column-major, one triangle of C.
extern void dsyrk_(const char *triangle, const char *transposed, const int32_t *order, const int32_t *inner, const double *alpha,
    const double *matrix, const int32_t *leading, const double *beta, double *result, const int32_t *result_leading,
    size_t triangle_length, size_t transposed_length);

// DSYEVD: eigenvalues, and eigenvectors on demand, of a symmetric matrix, by divide and conquer. The last two arguments, as
// of DGEMM, are the lengths of the two texts, which Fortran passes unseen.
extern void dsyevd_(const char *job, const char *triangle, const int32_t *order, double *matrix, const int32_t *leading, double *values,
    double *work, const int32_t *work_count, int32_t *integer_work, const int32_t *integer_work_count, int32_t *info, size_t job_length,
    size_t triangle_length);

// Eigenvalues into `values`, ascending; with `vectors` not 0 the matrix becomes the eigenvectors, one after the other. Returns LAPACK's
// verdict, 0 for success, or INT32_MIN when there is no memory.
static inline int32_t vitrine_eigendecomposition(double *matrix, int32_t order, int vectors, double *values) {
    const char job = vectors ? 'V' : 'N', triangle = 'U';
    int32_t info = 0, work_count = -1, integer_count = -1, integer_size = 0;
    double work_size = 0;
    // Asked with negative counts it says how much memory it wants.
    dsyevd_(&job, &triangle, &order, matrix, &order, values, &work_size, &work_count, &integer_size, &integer_count, &info, 1, 1);
    if (info != 0) return info;
    work_count = (int32_t)work_size;
    integer_count = integer_size;
    double *work = malloc(sizeof(double) * (size_t)work_count);
    int32_t *integers = malloc(sizeof(int32_t) * (size_t)integer_count);
    if (work && integers)
        dsyevd_(&job, &triangle, &order, matrix, &order, values, work, &work_count, integers, &integer_count, &info, 1, 1);
    else
        info = INT32_MIN;
    free(work);
    free(integers);
    return info;
}

// Square matrices, row-major: `result = left right`, or with the left one transposed. Row-major is column-major transposed:
// C^T = B^T A^T.
static inline void vitrine_square_product(const double *left, int transposes_left, const double *right, int32_t order, double *result) {
    const char no = 'N', other = transposes_left ? 'T' : 'N';
    const double one = 1, zero = 0;
    dgemm_(&no, &other, &order, &order, &order, &one, right, &order, left, &order, &zero, result, &order, 1, 1);
}

// Adds `matrix^T matrix` to the lower triangle of `result`, both row-major. Row-major lower is column-major upper.
static inline void vitrine_symmetric_product(const double *matrix, int32_t rows, int32_t columns, double *result) {
    const char no = 'N', triangle = 'U';
    const double one = 1;
    dsyrk_(&triangle, &no, &columns, &rows, &one, matrix, &columns, &one, result, &columns, 1, 1);
}

#endif
