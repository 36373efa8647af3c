/* libpng reports errors by longjmp, which must not cross Swift. Each function here sets the jump and lands it within
   itself, so that Swift sees plain functions with a status. None keeps anything alive after it returns. */
#ifndef VITRINE_CPNG_SHIM_H
#define VITRINE_CPNG_SHIM_H

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define VITRINE_PNG_MESSAGE 128

typedef struct {
    const unsigned char *bytes;
    size_t count;
    size_t offset;
} vitrine_png_source;

/* A growing buffer; whoever made it frees `bytes` with free(), after success and after failure alike. */
typedef struct {
    unsigned char *bytes;
    size_t count;
    size_t capacity;
} vitrine_png_sink;

/* One piece of text: `utf8` not 0 makes an iTXt chunk of UTF-8, 0 a tEXt chunk of Latin-1. */
typedef struct {
    const char *key;
    const char *value;
    int utf8;
} vitrine_png_text;

static inline void vitrine_png_fail(png_structp png, png_const_charp message) {
    char *out = (char *)png_get_error_ptr(png);
    if (out != NULL) {
        strncpy(out, message, VITRINE_PNG_MESSAGE - 1);
        out[VITRINE_PNG_MESSAGE - 1] = 0;
    }
    png_longjmp(png, 1);
}

static inline void vitrine_png_warn(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static inline void vitrine_png_read_bytes(png_structp png, png_bytep out, size_t count) {
    vitrine_png_source *source = (vitrine_png_source *)png_get_io_ptr(png);
    if (count > source->count - source->offset) png_error(png, "the data end early");
    memcpy(out, source->bytes + source->offset, count);
    source->offset += count;
}

static inline void vitrine_png_write_bytes(png_structp png, png_bytep data, size_t count) {
    vitrine_png_sink *sink = (vitrine_png_sink *)png_get_io_ptr(png);
    if (count > sink->capacity - sink->count) {
        size_t capacity = sink->capacity * 2 > sink->count + count ? sink->capacity * 2 : sink->count + count + 4096;
        unsigned char *grown = (unsigned char *)realloc(sink->bytes, capacity);
        if (grown == NULL) png_error(png, "no memory");
        sink->bytes = grown;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, data, count);
    sink->count += count;
}

static inline void vitrine_png_flush(png_structp png) { (void)png; }

/* Reads a whole PNG of the given size into `pixels`, `pixel_bytes` * width * height bytes: 3 for 8-bit RGB, 2 for grey that has
   16 bits, most significant byte first. Returns 1, or 0 with `message` (VITRINE_PNG_MESSAGE bytes) filled. Everything ancillary except transparency is skipped unread: no gamma,
   no profile, no text is inflated. */
static inline int vitrine_png_read(
    const unsigned char *bytes, size_t count, png_uint_32 width, png_uint_32 height, int pixel_bytes, unsigned char *pixels,
    char *message) {
    vitrine_png_source source = {bytes, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, vitrine_png_fail, vitrine_png_warn);
    if (png == NULL) return 0;
    png_infop info = png_create_info_struct(png);
    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return 0;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return 0;
    }
    png_set_user_limits(png, width, height);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_read_fn(png, &source, vitrine_png_read_bytes);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) png_error(png, "two sizes");

    int colour = png_get_color_type(png, info);
    int depth = png_get_bit_depth(png, info);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (depth == 16 && pixel_bytes == 3) png_set_strip_16(png);
    if ((colour & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS)) png_set_strip_alpha(png);
    if (!(colour & PNG_COLOR_MASK_COLOR) && pixel_bytes == 3) png_set_gray_to_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t stride = png_get_rowbytes(png, info);
    if (stride != (size_t)pixel_bytes * width) png_error(png, "an unexpected row length");
    for (int pass = 0; pass < passes; pass++)
        for (png_uint_32 y = 0; y < height; y++) png_read_row(png, pixels + stride * y, NULL);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
}

/* Writes 8-bit RGB rows as a PNG to `sink`. Returns 1, or 0 with `message` filled. */
/* `channels` is 3 for red, green and blue, 4 with opacity. `density` is in pixels a metre, 0 for none. */
static inline int vitrine_png_write(
    const unsigned char *pixels, int channels, png_uint_32 width, png_uint_32 height, png_uint_32 density,
    const vitrine_png_text *texts, int text_count,
    vitrine_png_sink *sink, char *message) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, vitrine_png_fail, vitrine_png_warn);
    if (png == NULL) return 0;
    png_infop info = png_create_info_struct(png);
    if (info == NULL) {
        png_destroy_write_struct(&png, NULL);
        return 0;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return 0;
    }
    png_set_write_fn(png, sink, vitrine_png_write_bytes, vitrine_png_flush);
    png_set_compression_level(png, 6);
    png_set_IHDR(png, info, width, height, 8, channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (density > 0) png_set_pHYs(png, info, density, density, PNG_RESOLUTION_METER);
    for (int i = 0; i < text_count; i++) {
        png_text text;
        memset(&text, 0, sizeof text);
        text.compression = texts[i].utf8 ? PNG_ITXT_COMPRESSION_NONE : PNG_TEXT_COMPRESSION_NONE;
        text.key = (png_charp)texts[i].key;
        text.text = (png_charp)texts[i].value;
        if (texts[i].utf8) {
            text.itxt_length = strlen(texts[i].value);
        } else {
            text.text_length = strlen(texts[i].value);
        }
        png_set_text(png, info, &text, 1);
    }
    png_write_info(png, info);
    for (png_uint_32 y = 0; y < height; y++) png_write_row(png, pixels + (size_t)channels * width * y);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 1;
}

#endif
