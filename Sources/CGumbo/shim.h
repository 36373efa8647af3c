/* Gumbo builds a tree for any bytes, frees it by recursion and takes memory without asking: a page of some kilobytes may make a
   tree that is too deep to be freed, or of quadratic size. Here a tree lies in blocks of its own, which are freed as a whole, and
   a page that asks for more than its limit is given up. */
#ifndef VITRINE_CGUMBO_SHIM_H
#define VITRINE_CGUMBO_SHIM_H

#include <gumbo.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct vitrine_html_block {
    struct vitrine_html_block *previous;
    size_t used, capacity;
} vitrine_html_block;

typedef struct {
    GumboOutput *output;
    vitrine_html_block *last;
    size_t total, limit;
    jmp_buf escape;
} vitrine_html;

#define VITRINE_HTML_HEAD ((sizeof(vitrine_html_block) + 15) & ~(size_t)15)

static inline void *vitrine_html_take(void *userdata, size_t size) {
    vitrine_html *html = (vitrine_html *)userdata;
    vitrine_html_block *block = html->last;
    if (size > html->limit) longjmp(html->escape, 1);
    size = (size + 15) & ~(size_t)15;
    if (block == NULL || size > block->capacity - block->used) {
        size_t capacity = size > (1 << 18) ? size : (1 << 18);
        if (capacity > html->limit - html->total) longjmp(html->escape, 1);
        block = (vitrine_html_block *)malloc(VITRINE_HTML_HEAD + capacity);
        if (block == NULL) longjmp(html->escape, 1);
        block->previous = html->last;
        block->used = 0;
        block->capacity = capacity;
        html->last = block;
        html->total += capacity;
    }
    void *place = (char *)block + VITRINE_HTML_HEAD + block->used;
    block->used += size;
    return place;
}

static inline void vitrine_html_keep(void *userdata, void *place) {
    (void)userdata;
    (void)place;
}

static inline void vitrine_html_free(vitrine_html *html) {
    if (html == NULL) return;
    for (vitrine_html_block *block = html->last; block != NULL;) {
        vitrine_html_block *previous = block->previous;
        free(block);
        block = previous;
    }
    free(html);
}

/* The tree of `count` bytes of UTF-8, which must stay where they are as long as it; NULL when it would take more than `limit`
   bytes. Whoever gets it gives it to vitrine_html_free. */
static inline vitrine_html *vitrine_html_parse(const char *bytes, size_t count, size_t limit) {
    vitrine_html *html = (vitrine_html *)calloc(1, sizeof(vitrine_html));
    if (html == NULL) return NULL;
    html->limit = limit;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = vitrine_html_take;
    options.deallocator = vitrine_html_keep;
    options.userdata = html;
    options.max_errors = 0;
    options.tab_stop = 1;
    if (setjmp(html->escape)) {
        vitrine_html_free(html);
        return NULL;
    }
    html->output = gumbo_parse_with_options(&options, bytes, count);
    return html;
}

#endif
