/* Durations, and what is said about them. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    uint64_t *all;
    size_t count, capacity;
} Samples;

static inline void samples_add(Samples *samples, uint64_t nanoseconds) {
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 4096;
        samples->all = realloc(samples->all, samples->capacity * sizeof(uint64_t));
    }
    samples->all[samples->count++] = nanoseconds;
}

static inline int samples_order(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The duration below which this share of the samples lies, in milliseconds. Sorts. */
static inline double samples_at(Samples *samples, double share) {
    if (samples->count == 0) return 0;
    qsort(samples->all, samples->count, sizeof(uint64_t), samples_order);
    size_t index = (size_t)(share * (double)(samples->count - 1) + 0.5);
    return (double)samples->all[index] / 1e6;
}
