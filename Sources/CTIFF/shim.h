/* libtiff's fields are read by functions with a variable number of arguments, and its files through functions: both are
   wrapped here. Messages go to a buffer of the file's own, warnings nowhere; nothing global is set. */
#ifndef VITRINE_CTIFF_SHIM_H
#define VITRINE_CTIFF_SHIM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

#define VITRINE_TIFF_MESSAGE 256

/* A file in memory. It must stay in its place while the TIFF made of it is open. */
typedef struct {
    const unsigned char *bytes;
    uint64_t count;
    uint64_t offset;
    char message[VITRINE_TIFF_MESSAGE]; /* of the first error */
} vitrine_tiff_source;

/* What the first directory says. */
typedef struct {
    uint32_t width, height;
    uint16_t bits, samples, format, photometric, planar, compression, orientation;
    uint16_t extra_count, first_extra; /* samples beside the colours, and what the first is */
    uint32_t block_width, block_height; /* of a tile or a strip */
    int tiled;
    uint64_t block_bytes;
    const uint16_t *red, *green, *blue; /* of a palette; NULL without one */
} vitrine_tiff_description;

static inline tmsize_t vitrine_tiff_read(thandle_t handle, void *out, tmsize_t count) {
    vitrine_tiff_source *source = (vitrine_tiff_source *)handle;
    if (count < 0 || source->offset >= source->count) return 0;
    uint64_t left = source->count - source->offset;
    uint64_t taken = (uint64_t)count < left ? (uint64_t)count : left;
    memcpy(out, source->bytes + source->offset, (size_t)taken);
    source->offset += taken;
    return (tmsize_t)taken;
}

static inline tmsize_t vitrine_tiff_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return 0;
}

static inline toff_t vitrine_tiff_seek(thandle_t handle, toff_t offset, int whence) {
    vitrine_tiff_source *source = (vitrine_tiff_source *)handle;
    source->offset = offset + (whence == SEEK_CUR ? source->offset : whence == SEEK_END ? source->count : 0);
    return source->offset;
}

static inline int vitrine_tiff_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static inline toff_t vitrine_tiff_size(thandle_t handle) { return ((vitrine_tiff_source *)handle)->count; }

static inline int vitrine_tiff_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)module;
    vitrine_tiff_source *source = (vitrine_tiff_source *)data;
    if (source->message[0] == 0) vsnprintf(source->message, VITRINE_TIFF_MESSAGE, format, arguments);
    return 1;
}

static inline int vitrine_tiff_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)data, (void)module, (void)format, (void)arguments;
    return 1;
}

/* Opens the file at `source`; no single piece of memory that libtiff takes is larger than `most`. Returns NULL with a message. */
static inline TIFF *vitrine_tiff_open(vitrine_tiff_source *source, tmsize_t most) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, most);
    TIFFOpenOptionsSetErrorHandlerExtR(options, vitrine_tiff_error, source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, vitrine_tiff_warning, source);
    /* "m": not mapped to memory. */
    TIFF *tiff = TIFFClientOpenExt("", "rm", source, vitrine_tiff_read, vitrine_tiff_write, vitrine_tiff_seek, vitrine_tiff_close,
                                   vitrine_tiff_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* Fills `to`; returns 0 when the size is missing. JPEG data will be given as RGB. */
static inline int vitrine_tiff_describe(TIFF *tiff, vitrine_tiff_description *to) {
    memset(to, 0, sizeof *to);
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &to->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &to->height)) return 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &to->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &to->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &to->format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &to->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &to->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &to->orientation);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &to->photometric)) to->photometric = PHOTOMETRIC_MINISWHITE;
    uint16_t *extra = NULL;
    if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &to->extra_count, &extra) && to->extra_count > 0 && extra != NULL) {
        to->first_extra = extra[0];
    } else {
        to->extra_count = 0;
    }
    uint16_t *red = NULL, *green = NULL, *blue = NULL;
    if (to->photometric == PHOTOMETRIC_PALETTE && TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) {
        to->red = red, to->green = green, to->blue = blue;
    }
    if (to->photometric == PHOTOMETRIC_YCBCR && to->compression == COMPRESSION_JPEG && to->planar == PLANARCONFIG_CONTIG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        to->photometric = PHOTOMETRIC_RGB;
    }
    to->tiled = TIFFIsTiled(tiff);
    if (to->tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &to->block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &to->block_height);
        to->block_bytes = (uint64_t)TIFFTileSize64(tiff);
    } else {
        to->block_width = to->width;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &to->block_height);
        if (to->block_height > to->height) to->block_height = to->height;
        to->block_bytes = (uint64_t)TIFFStripSize64(tiff);
    }
    return 1;
}

/* Reads the tile or strip that holds the pixel at `x`, `y` of `plane`. Returns the number of bytes, -1 after an error. */
static inline tmsize_t vitrine_tiff_read_block(
    TIFF *tiff, int tiled, uint32_t x, uint32_t y, uint16_t plane, void *out, tmsize_t count) {
    if (tiled) return TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), out, count);
    return TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), out, count);
}

#endif
