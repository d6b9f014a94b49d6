/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What load.c puts into each prompt and upstream.c finds there again, whatever is between them.
 *
 * The last message ends in a stamp: the request's number, the answer that it wants, and a checksum of all
 * texts before it. So the knobs survive a proxy that rewrites headers, paths or model names, and a request
 * that was lost, doubled, merged or mixed up with another shows.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define MODEL "bench:8b"
/* Numbers of a fixed width, so that a stamp is written over the one before it. */
#define STAMP_WRITE "[request %012" PRIu64 " tokens %04ld rate %04ld sum %016" PRIx64 "]"
#define STAMP_READ "[request %" SCNu64 " tokens %ld rate %ld sum %" SCNx64 "]"
#define STAMP_BYTES 65
/* Each token's text is this and the time at which it was due, 19 digits of CLOCK_MONOTONIC nanoseconds. */
#define TOKEN_MARK "T@"
#define TOKEN_MARK_BYTES 2
#define TOKEN_TIME_BYTES 19

#define SECOND_NS 1000000000LL
#define CHECKSUM_START 0x9ae16a3b2f90404fULL

static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static inline uint64_t mixed(uint64_t sum, uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
    return sum ^ sum >> 29;
}

/* Eight bytes at a time: it may not cost what is to be measured. */
static inline uint64_t checksum(uint64_t sum, const char *text, size_t bytes) {
    uint64_t word;
    sum = mixed(sum, bytes);
    for (; bytes >= sizeof word; text += sizeof word, bytes -= sizeof word) {
        memcpy(&word, text, sizeof word);
        sum = mixed(sum, word);
    }
    word = 0;
    memcpy(&word, text, bytes);
    return mixed(sum, word);
}

#endif
