/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Clients of a chat API, bounded in count and time; prints one JSON object about what they saw.
 *
 *     load closed  -p PORT -c CLIENTS -t SECONDS            each asks without streaming, waits, asks again
 *     load streams -p PORT -c CLIENTS -n TOKENS -r PER_S -k ANSWERS -s STAGGER_US -t LONGEST_S
 *                                                           each reads that many paced streams, one after the other
 *     -P PATH (/api/chat)   -m HISTORY_BYTES (0)   -f FIRST_NUMBER (0)
 *
 * No two prompts are alike: see prompt.h. Each client has a history and a conversation of its own. What was asked
 * is waited for to the end, so that the upstream's count has to be ours. "transit" is the time between a token's
 * due time at the upstream and its arrival here. One thread, epoll; loopback only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "prompt.h"

enum { MAX_CLIENTS = 2000, MAX_SECONDS = 300, EVENTS = 256, READ_BYTES = 1 << 17, LINE_BYTES = 1024, TURNS = 8 };
/* Longer than a message that a proxy may hold back to join it with the next one (120 characters by default). */
enum { QUESTION_BYTES = 160, DRAIN_S = 20 };

typedef enum { IDLE, HEAD, SIZED, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, UNTIL_CLOSE } part;

typedef struct {
    int64_t *values;
    size_t count, room;
} samples;

typedef struct {
    int fd, status, closes, answers;
    part at;
    char *request, *question;
    size_t request_bytes;
    uint64_t history_sum;
    int64_t asked_ns, last_token_ns, begin_ns;
    long left, tokens;
    size_t head_bytes, line_bytes;
    char head[8192], line[LINE_BYTES];
} client;

static int port, clients = 50, streams, epoll_fd;
static long tokens = 100, rate = 50, answers = 1, stagger_us, history_bytes;
static double seconds = 4;
static const char *path = "/api/chat";
static uint64_t first_number, asked, answered, counted, errors, token_count;
static int64_t end_ns, last_ns;
static samples latency, first_token, gap, transit;
static client *all;

/* ---- samples ---- */

static void sample(samples *of, int64_t value) {
    if (of->count == of->room) {
        of->room = of->room ? of->room * 2 : 4096;
        of->values = realloc(of->values, of->room * sizeof *of->values);
    }
    of->values[of->count++] = value;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_samples(const char *name, samples *of) {
    if (!of->count) {
        printf(",\"%s\":null", name);
        return;
    }
    qsort(of->values, of->count, sizeof *of->values, by_size);
    printf(",\"%s\":{\"count\":%zu", name, of->count);
    static const struct {
        const char *name;
        double share;
    } points[] = {{"p50", .5}, {"p90", .9}, {"p99", .99}, {"max", 1}};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        printf(",\"%s\":%.4f", points[i].name, of->values[(size_t)((of->count - 1) * points[i].share)] / 1e6);
    printf("}");
}

/* ---- prompts ---- */

/* Words of two syllables, in any order: what they mean does not matter, that they differ does. */
static void write_text(char *to, size_t bytes, uint64_t seed) {
    static const char consonants[] = "bcdfghjklmnpqrstvwxz", vowels[] = "aeiou";
    for (size_t i = 0; i < bytes; i++) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        unsigned draw = seed >> 33;
        to[i] = i % 5 == 0 ? ' ' : i % 5 % 2 ? consonants[draw % 20] : vowels[draw % 5];
    }
}

static char *add(char *at, const char *text) { return stpcpy(at, text); }

static char *add_turn(char *at, client *c, const char *role, size_t bytes, uint64_t seed) {
    at += sprintf(at, "{\"role\":\"%s\",\"content\":\"", role);
    write_text(at, bytes, seed);
    c->history_sum = checksum(c->history_sum, at, bytes);
    return add(at + bytes, "\"},");
}

static char *add_history(char *at, client *c, int number) {
    c->history_sum = CHECKSUM_START;
    if (!history_bytes)
        return at;
    for (int turn = 0; turn <= TURNS; turn++) {
        const char *role = turn == 0 ? "system" : turn % 2 ? "user" : "assistant";
        at = add_turn(at, c, role, history_bytes / (TURNS + 1), (uint64_t)number << 8 | turn);
    }
    return at;
}

/* Everything but the last message is written once; what asks again writes its text and stamp over the old. */
static void write_request(client *c, int number) {
    char *body = malloc(history_bytes + 4096), *at = body;
    at += sprintf(at, "{\"model\":\"" MODEL "\",\"stream\":%s,", streams ? "true" : "false");
    if (!strncmp(path, "/api/", 5))
        at = add(at, "\"options\":{\"num_ctx\":8192,\"temperature\":0.7},");
    at = add_history(add(at, "\"messages\":["), c, number);
    size_t question_at = (at = add(at, "{\"role\":\"user\",\"content\":\"")) - body;
    memset(at, ' ', QUESTION_BYTES + STAMP_BYTES);
    at = add(at + QUESTION_BYTES + STAMP_BYTES, "\"}]}");
    c->request = malloc(at - body + 1024);
    size_t head = sprintf(c->request,
                          "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: load/1\r\nAccept: */*\r\n"
                          "Content-Type: application/json\r\nX-Green-Conversation: bench-%d\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          path, port, number, (size_t)(at - body));
    memcpy(c->request + head, body, at - body);
    c->request_bytes = head + (at - body);
    c->question = c->request + head + question_at;
    free(body);
}

static void write_question(client *c, uint64_t number) {
    char stamp[STAMP_BYTES + 1];
    write_text(c->question, QUESTION_BYTES, ~number);
    uint64_t sum = checksum(c->history_sum, c->question, QUESTION_BYTES);
    snprintf(stamp, sizeof stamp, STAMP_WRITE, number, tokens, rate, sum);
    memcpy(c->question + QUESTION_BYTES, stamp, STAMP_BYTES);
}

/* ---- asking ---- */

static int dial(client *c) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&there, sizeof there)) {
        close(c->fd);
        c->fd = -1;
        return 0;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {EPOLLIN, {.ptr = c}};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
    return 1;
}

static void hang_up(client *c) {
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* A client that failed asks no more: its request counts as an error, and the run fails. */
static void fail(client *c) {
    errors++;
    hang_up(c);
    c->at = IDLE;
    c->answers = answers;
}

static void ask(client *c) {
    if (c->fd < 0 && !dial(c)) {
        fail(c);
        return;
    }
    write_question(c, first_number + asked++);
    c->at = HEAD;
    c->head_bytes = c->line_bytes = c->tokens = 0;
    c->asked_ns = now_ns();
    if (send(c->fd, c->request, c->request_bytes, MSG_NOSIGNAL) != (ssize_t)c->request_bytes)
        fail(c);
}

static int asks_again(client *c, int64_t now) {
    return streams ? ++c->answers < answers : now < end_ns && c->answers < answers;
}

static void answer_is_whole(client *c, int64_t now) {
    c->at = IDLE;
    last_ns = now;
    if (c->closes)
        hang_up(c);
    if (c->status != 200 || (streams && c->tokens != tokens)) {
        fail(c);
        return;
    }
    answered++;
    if (!streams && now < end_ns) {
        counted++;
        sample(&latency, now - c->asked_ns);
    }
    if (asks_again(c, now))
        ask(c);
}

/* ---- reading answers ---- */

static void read_line(client *c, int64_t now) {
    const char *mark = memmem(c->line, c->line_bytes, TOKEN_MARK, TOKEN_MARK_BYTES);
    const char *end = c->line + c->line_bytes;
    c->line_bytes = 0;
    if (!mark || mark + TOKEN_MARK_BYTES + TOKEN_TIME_BYTES > end)
        return;
    sample(&transit, now - strtoll(mark + TOKEN_MARK_BYTES, NULL, 10));
    if (c->tokens++)
        sample(&gap, now - c->last_token_ns);
    else
        sample(&first_token, now - c->asked_ns);
    c->last_token_ns = now;
    token_count++;
}

static void read_body(client *c, const char *text, size_t bytes, int64_t now) {
    if (!streams)
        return;
    while (bytes) {
        const char *newline = memchr(text, '\n', bytes);
        size_t piece = newline ? (size_t)(newline - text) : bytes, room = LINE_BYTES - c->line_bytes;
        size_t kept = piece < room ? piece : room;
        memcpy(c->line + c->line_bytes, text, kept);
        c->line_bytes += kept;
        if (!newline)
            return;
        read_line(c, now);
        text = newline + 1;
        bytes -= piece + 1;
    }
}

static void read_head(client *c) {
    c->status = atoi(c->head + 9);
    c->closes = strcasestr(c->head, "\nconnection: close") != NULL;
    const char *length = strcasestr(c->head, "\ncontent-length:");
    c->left = length ? atol(length + 16) : 0;
    c->at = SIZED;
    if (strcasestr(c->head, "\ntransfer-encoding: chunked")) {
        c->at = CHUNK_SIZE;
    } else if (!length) {
        c->at = UNTIL_CLOSE;
        c->closes = 1;
    }
}

/* One byte of a head, a chunk's size or a trailer; 0 where the answer is over or makes no sense. */
static void read_byte(client *c, char byte) {
    if (c->at == HEAD) {
        c->head[c->head_bytes++] = byte;
        if (c->head_bytes == sizeof c->head - 1) {
            c->at = IDLE;
        } else if (c->head_bytes >= 4 && !memcmp(c->head + c->head_bytes - 4, "\r\n\r\n", 4)) {
            c->head[c->head_bytes] = 0;
            read_head(c);
        }
    } else if (c->at == CHUNK_SIZE) {
        if (byte == '\n')
            c->at = c->left ? CHUNK : TRAILER;
        else if (isxdigit((unsigned char)byte))
            c->left = c->left * 16 + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
    } else if (c->at == CHUNK_END && byte == '\n') {
        c->at = CHUNK_SIZE;
    }
}

static size_t read_piece(client *c, const char *text, size_t bytes, int64_t now) {
    size_t piece = c->at == UNTIL_CLOSE || bytes < (size_t)c->left ? bytes : (size_t)c->left;
    read_body(c, text, piece, now);
    c->left -= c->at == UNTIL_CLOSE ? 0 : (long)piece;
    if (c->at == CHUNK && !c->left)
        c->at = CHUNK_END;
    return piece;
}

/* An answer ends where all that was sent ends: nobody sends two at once here. */
static void take(client *c, const char *text, size_t bytes, int64_t now) {
    while (bytes) {
        if (c->at == IDLE) {
            fail(c);
            return;
        }
        if (c->at == TRAILER && *text == '\n') {
            answer_is_whole(c, now);
            return;
        }
        size_t taken = 1;
        if (c->at == SIZED || c->at == CHUNK || c->at == UNTIL_CLOSE)
            taken = read_piece(c, text, bytes, now);
        else
            read_byte(c, *text);
        text += taken;
        bytes -= taken;
        if (c->at == SIZED && !c->left) {
            answer_is_whole(c, now);
            return;
        }
    }
}

static void on_readable(client *c) {
    static char buffer[READ_BYTES];
    ssize_t got = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    int64_t now = now_ns();
    if (got > 0)
        take(c, buffer, got, now);
    else if (got < 0 && errno == EAGAIN)
        return;
    else if (c->at == UNTIL_CLOSE)
        answer_is_whole(c, now);
    else if (c->at == IDLE)
        hang_up(c);
    else
        fail(c);
}

/* ---- the run ---- */

static int waiting(void) {
    int count = 0;
    for (int i = 0; i < clients; i++)
        count += all[i].at != IDLE;
    return count;
}

static void run(void) {
    int64_t begin_ns = now_ns(), stop_ns = begin_ns + (int64_t)((seconds + (streams ? 0 : DRAIN_S)) * SECOND_NS);
    int begun = 0, timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event events[EVENTS], event = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &event);
    end_ns = begin_ns + (int64_t)(seconds * SECOND_NS);
    for (int64_t now = begin_ns; now < stop_ns; now = now_ns()) {
        while (begun < clients && begin_ns + begun * stagger_us * 1000 <= now)
            ask(&all[begun++]);
        if (begun == clients && !waiting())
            return;
        int64_t wake_ns = begun < clients ? begin_ns + begun * stagger_us * 1000 : now + SECOND_NS / 2;
        struct itimerspec at = {{0, 0}, {wake_ns / SECOND_NS, wake_ns % SECOND_NS}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
        int ready = epoll_wait(epoll_fd, events, EVENTS, 1000);
        uint64_t expirations;
        for (int i = 0; i < ready; i++)
            if (events[i].data.ptr)
                on_readable(events[i].data.ptr);
            else
                (void)!read(timer, &expirations, sizeof expirations);
    }
    errors += waiting();
}

static void print_result(int64_t begin_ns) {
    double took_s = ((streams ? last_ns : end_ns) - begin_ns) / (double)SECOND_NS;
    printf("{\"asked\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"first_number\":%" PRIu64
           ",\"tokens\":%" PRIu64 ",\"took_s\":%.4f,\"requests_per_s\":%.2f,\"request_bytes\":%zu",
           asked, answered, errors, first_number, token_count, took_s, streams ? answered / took_s : counted / took_s,
           all[0].request_bytes);
    print_samples("latency_ms", &latency);
    print_samples("first_token_ms", &first_token);
    print_samples("gap_ms", &gap);
    print_samples("transit_ms", &transit);
    printf("}\n");
}

static int read_arguments(int count, char **arguments) {
    if (count < 2 || (strcmp(arguments[1], "closed") && strcmp(arguments[1], "streams")))
        return 0;
    streams = arguments[1][0] == 's';
    optind = 2;
    for (int option; (option = getopt(count, arguments, "p:c:t:n:r:k:s:P:m:f:")) > 0;)
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': clients = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'n': tokens = atol(optarg); break;
        case 'r': rate = atol(optarg); break;
        case 'k': answers = atol(optarg); break;
        case 's': stagger_us = atol(optarg); break;
        case 'P': path = optarg; break;
        case 'm': history_bytes = atol(optarg); break;
        case 'f': first_number = strtoull(optarg, NULL, 10); break;
        default: return 0;
        }
    return port > 0 && clients > 0 && clients <= MAX_CLIENTS && seconds > 0 && seconds <= MAX_SECONDS &&
           tokens > 0 && tokens <= 9999 && rate > 0 && rate <= 9999 && answers > 0 && history_bytes >= 0;
}

int main(int count, char **arguments) {
    if (!read_arguments(count, arguments)) {
        fprintf(stderr, "usage: load closed|streams -p PORT [...]: see the top of load.c\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    alarm(MAX_SECONDS + DRAIN_S);
    epoll_fd = epoll_create1(0);
    all = calloc(clients, sizeof *all);
    for (int i = 0; i < clients; i++) {
        all[i].fd = -1;
        write_request(&all[i], i);
        if (!dial(&all[i])) {
            perror("load: connect");
            return 1;
        }
    }
    int64_t begin_ns = now_ns();
    run();
    print_result(begin_ns);
    return 0;
}
