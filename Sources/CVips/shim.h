#include <vips/vips.h>

// The calls of libvips take a list of named options that ends with NULL, which Swift cannot write.

// The header of a picture; nothing is decoded yet. `pages` is 1, or -1 for all.
static inline VipsImage *conclave_vips_open(const void *bytes, size_t count, int pages) {
    char options[32];
    g_snprintf(options, sizeof options, "[n=%d]", pages);
    return pages == 1 ? vips_image_new_from_buffer(bytes, count, "", NULL)
                      : vips_image_new_from_buffer(bytes, count, options, NULL);
}

// A smaller picture, turned as its metadata say, in sRGB, that fits into the box; `crop` fills the box from the middle.
static inline int conclave_vips_reduce(const void *bytes, size_t count, int pages, VipsImage **out, int width, int height, int crop) {
    char options[32];
    g_snprintf(options, sizeof options, pages == 1 ? "" : "[n=%d]", pages);
    return vips_thumbnail_buffer((void *) bytes, count, out, width, "height", height, "size", VIPS_SIZE_DOWN,
        "crop", crop ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE, "export_profile", "srgb",
        "fail_on", VIPS_FAIL_ON_ERROR, "option_string", options, NULL);
}

static inline int conclave_vips_area(VipsImage *in, VipsImage **out, int left, int top, int width, int height) {
    return vips_extract_area(in, out, left, top, width, height, NULL);
}

static inline int conclave_vips_stack(VipsImage **in, VipsImage **out, int count) {
    return vips_arrayjoin(in, out, count, "across", 1, NULL);
}

// The savers keep nothing of the original's metadata.
static inline int conclave_vips_jpeg(VipsImage *in, void **bytes, size_t *count) {
    return vips_jpegsave_buffer(in, bytes, count, "Q", 84, "optimize_coding", TRUE, "strip", TRUE, NULL);
}

static inline int conclave_vips_png(VipsImage *in, void **bytes, size_t *count) {
    return vips_pngsave_buffer(in, bytes, count, "compression", 6, "strip", TRUE, NULL);
}

static inline int conclave_vips_webp(VipsImage *in, void **bytes, size_t *count) {
    return vips_webpsave_buffer(in, bytes, count, "Q", 76, "effort", 2, "strip", TRUE, NULL);
}

static inline void conclave_vips_close(VipsImage *image) { g_object_unref(image); }

static inline int conclave_vips_start(const char *name) { return VIPS_INIT(name); }
