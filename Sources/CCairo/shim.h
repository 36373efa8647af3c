#include <cairo/cairo.h>
#include <cairo/cairo-pdf.h>
#include <fontconfig/fontconfig.h>

/* Of cairo-ft.h, which would want FreeType on the path of headers for what is not used here. */
cairo_font_face_t *cairo_ft_font_face_create_for_pattern(FcPattern *pattern);
