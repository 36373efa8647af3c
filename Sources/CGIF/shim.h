/* giflib reads through a function; this one takes the bytes of a file in memory. */
#ifndef VITRINE_CGIF_SHIM_H
#define VITRINE_CGIF_SHIM_H

#include <gif_lib.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    const unsigned char *bytes;
    size_t count;
    size_t offset;
} vitrine_gif_source;

static inline int vitrine_gif_read(GifFileType *gif, GifByteType *out, int count) {
    vitrine_gif_source *source = (vitrine_gif_source *)gif->UserData;
    if (count < 0) return 0;
    size_t left = source->count - source->offset;
    size_t taken = (size_t)count < left ? (size_t)count : left;
    memcpy(out, source->bytes + source->offset, taken);
    source->offset += taken;
    return (int)taken;
}

/* Opens the file that `source` holds, which must stay in its place until DGifCloseFile. Returns NULL with `error` set. */
static inline GifFileType *vitrine_gif_open(vitrine_gif_source *source, int *error) {
    return DGifOpen(source, vitrine_gif_read, error);
}

#endif
