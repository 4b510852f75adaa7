/* The settings of the C library's allocator, which the overlay of Swift does not show. */
#ifndef CMALLOC_SHIM_H
#define CMALLOC_SHIM_H
#include <malloc.h>
#endif
