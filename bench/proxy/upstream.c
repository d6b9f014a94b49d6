/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A model server in appearance: answers /api/chat as Ollama does, at the pace that the prompt's stamp asks for.
 *
 *     upstream PORT SECONDS_TO_LIVE [PATH=FILE]...
 *
 * PATH=FILE: that path is answered with that file (JSON), whatever the method. GET /bench/counts tells what
 * came in; a generation counts as wrong where its stamp is missing or the texts are not those of its checksum,
 * as repeated where its number came before; what a proxy removes from bodies or adds to them is counted too. Each line of a stream is a chunk of its own, as Ollama sends them.
 * One thread, epoll; loopback only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "prompt.h"

enum { READ_BYTES = 1 << 18, MAX_CONNECTIONS = 16384, MAX_FILES = 16, MAX_REQUESTS = 1 << 26, EVENTS = 256 };

typedef struct {
    int fd, waits_for_room, heap_at;
    size_t in_used, out_used, out_sent, out_size;
    long tokens, sent, rate;
    int64_t due_ns;
    char *in, *out;
} connection;

typedef struct {
    const char *path;
    char *text;
    size_t bytes;
} reply_file;

typedef struct {
    uint64_t number, sum;
    long tokens, rate;
} stamp;

static connection *streaming[MAX_CONNECTIONS]; /* a heap: the earliest due token first */
static int streaming_count;
static reply_file files[MAX_FILES];
static int file_count, epoll_fd;
static unsigned char seen[MAX_REQUESTS / 8];
static struct {
    uint64_t generations, wrong, repeated, number_sum, num_ctx, num_predict, think, shows, other, unknown;
} counts;

/* ---- the heap of streams ---- */

static void heap_swap(int a, int b) {
    connection *was = streaming[a];
    streaming[a] = streaming[b];
    streaming[b] = was;
    streaming[a]->heap_at = a;
    streaming[b]->heap_at = b;
}

static void heap_up(int at) {
    while (at && streaming[(at - 1) / 2]->due_ns > streaming[at]->due_ns) {
        heap_swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void heap_down(int at) {
    for (;;) {
        int least = at;
        for (int child = 2 * at + 1; child <= 2 * at + 2 && child < streaming_count; child++)
            if (streaming[child]->due_ns < streaming[least]->due_ns)
                least = child;
        if (least == at)
            return;
        heap_swap(at, least);
        at = least;
    }
}

static void heap_add(connection *c) {
    streaming[streaming_count] = c;
    c->heap_at = streaming_count;
    heap_up(streaming_count++);
}

static void heap_remove(connection *c) {
    int at = c->heap_at;
    if (at < 0)
        return;
    c->heap_at = -1;
    if (at == --streaming_count)
        return;
    connection *last = streaming[streaming_count];
    streaming[at] = last;
    last->heap_at = at;
    heap_up(at);
    heap_down(last->heap_at);
}

/* ---- writing ---- */

static void wait_for_room(connection *c, int wait) {
    if (c->waits_for_room == wait)
        return;
    struct epoll_event event = {EPOLLIN | (wait ? EPOLLOUT : 0), {.ptr = c}};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
    c->waits_for_room = wait;
}

static void put(connection *c, const char *text, size_t bytes) {
    if (c->out_used + bytes > c->out_size) {
        c->out_size = (c->out_used + bytes) * 2;
        c->out = realloc(c->out, c->out_size);
    }
    memcpy(c->out + c->out_used, text, bytes);
    c->out_used += bytes;
}

/* Sends what there is; 0 where the other end is gone. */
static int flush_out(connection *c) {
    while (c->out_sent < c->out_used) {
        ssize_t done = send(c->fd, c->out + c->out_sent, c->out_used - c->out_sent, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) {
            wait_for_room(c, 1);
            return 1;
        }
        if (done < 0)
            return 0;
        c->out_sent += done;
    }
    c->out_used = c->out_sent = 0;
    wait_for_room(c, 0);
    return 1;
}

static void put_json(connection *c, int status, const char *text, size_t bytes) {
    char head[256];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %d %s\r\nContent-Type: application/json; charset=utf-8\r\n"
                          "Date: Wed, 01 Oct 2025 12:00:00 GMT\r\nContent-Length: %zu\r\n\r\n",
                          status, status == 200 ? "OK" : "Not Found", bytes);
    put(c, head, length);
    put(c, text, bytes);
}

/* ---- answers ---- */

#define COMMON "{\"model\":\"" MODEL "\",\"created_at\":\"2025-10-01T12:00:00.123456789Z\",\"message\":"
#define LAST                                                                                                      \
    "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":2000000000,\"load_duration\":1000000,"             \
    "\"prompt_eval_count\":1600,\"prompt_eval_duration\":100000000,\"eval_count\":%ld,\"eval_duration\":1900000000}"

static void put_whole_answer(connection *c) {
    char text[512];
    int bytes = snprintf(text, sizeof text, COMMON "{\"role\":\"assistant\",\"content\":\"Hello there.\"}," LAST, 4L);
    put_json(c, 200, text, bytes);
}

static void put_token(connection *c) {
    char line[512], size[16];
    int last = ++c->sent == c->tokens;
    int bytes = snprintf(line, sizeof line, COMMON "{\"role\":\"assistant\",\"content\":\"" TOKEN_MARK "%019" PRId64 "\"},",
                         c->due_ns);
    bytes += last ? snprintf(line + bytes, sizeof line - bytes, LAST "\n", c->tokens)
                  : snprintf(line + bytes, sizeof line - bytes, "\"done\":false}\n");
    put(c, size, sprintf(size, "%x\r\n", bytes));
    put(c, line, bytes);
    put(c, "\r\n", 2);
    if (last)
        put(c, "0\r\n\r\n", 5);
}

static void begin_stream(connection *c, const stamp *wanted) {
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                               "Date: Wed, 01 Oct 2025 12:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n";
    put(c, head, sizeof head - 1);
    c->tokens = wanted->tokens > 0 ? wanted->tokens : 1;
    c->rate = wanted->rate > 0 ? wanted->rate : 1;
    c->sent = 0;
    c->due_ns = now_ns();
    heap_add(c);
}

static int send_due_token(connection *c) {
    put_token(c);
    c->due_ns += SECOND_NS / c->rate;
    if (c->sent == c->tokens)
        heap_remove(c);
    else
        heap_down(c->heap_at);
    return flush_out(c);
}

/* ---- what the request says ---- */

/* The text of the next string after this key; NULL where there is none. Our texts have nothing escaped. */
static const char *value_after(const char *at, const char *end, const char *key, size_t *bytes) {
    const char *found = memmem(at, end - at, key, strlen(key));
    if (!found)
        return NULL;
    for (found += strlen(key); found < end && (*found == ' ' || *found == ':'); found++)
        ;
    if (found == end || *found != '"')
        return NULL;
    const char *close = memchr(found + 1, '"', end - found - 1);
    *bytes = close ? (size_t)(close - found - 1) : 0;
    return close ? found + 1 : NULL;
}

/* The stamp of the last text that has one, and whether the texts before it are the ones that were sent. */
static int read_prompt(const char *body, const char *end, stamp *found) {
    uint64_t sum = CHECKSUM_START;
    size_t bytes;
    const char *text = body;
    while ((text = value_after(text, end, "\"content\"", &bytes))) {
        char last[STAMP_BYTES + 1];
        size_t before = bytes < STAMP_BYTES ? bytes : bytes - STAMP_BYTES;
        memcpy(last, text + before, bytes - before);
        last[bytes - before] = 0;
        if (sscanf(last, STAMP_READ, &found->number, &found->tokens, &found->rate, &found->sum) == 4)
            return checksum(sum, text, before) == found->sum;
        sum = checksum(sum, text, bytes);
        text += bytes;
    }
    return 0;
}

static int wants_stream(const char *body, const char *end) {
    const char *found = memmem(body, end - body, "\"stream\"", 8);
    for (found = found ? found + 8 : end; found < end && (*found == ' ' || *found == ':'); found++)
        ;
    return found == end || *found != 'f';
}

static int has(const char *body, size_t bytes, const char *key) { return memmem(body, bytes, key, strlen(key)) != NULL; }

static void count_generation(const stamp *of, int right, const char *body, size_t bytes) {
    counts.generations++;
    counts.num_ctx += has(body, bytes, "\"num_ctx\"");
    counts.num_predict += has(body, bytes, "\"num_predict\"");
    counts.think += has(body, bytes, "\"think\"");
    if (!right || of->number >= MAX_REQUESTS) {
        counts.wrong++;
        return;
    }
    counts.number_sum += of->number;
    unsigned char bit = 1 << of->number % 8;
    if (seen[of->number / 8] & bit)
        counts.repeated++;
    seen[of->number / 8] |= bit;
}

static void generate(connection *c, const char *body, size_t bytes) {
    stamp wanted = {0, 0, 0, 0};
    int right = read_prompt(body, body + bytes, &wanted);
    count_generation(&wanted, right, body, bytes);
    if (wants_stream(body, body + bytes))
        begin_stream(c, &wanted);
    else
        put_whole_answer(c);
}

static void put_counts(connection *c) {
    char text[512];
    int bytes = snprintf(text, sizeof text,
                         "{\"generations\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"repeated\":%" PRIu64
                         ",\"number_sum\":%" PRIu64 ",\"num_ctx\":%" PRIu64 ",\"num_predict\":%" PRIu64
                         ",\"think\":%" PRIu64 ",\"shows\":%" PRIu64 ",\"other\":%" PRIu64 ",\"unknown\":%" PRIu64 "}",
                         counts.generations, counts.wrong, counts.repeated, counts.number_sum, counts.num_ctx,
                         counts.num_predict, counts.think, counts.shows, counts.other, counts.unknown);
    put_json(c, 200, text, bytes);
}

static void answer(connection *c, const char *path, const char *body, size_t bytes) {
    static const char missing[] = "{\"error\":\"not found\"}";
    if (!strcmp(path, "/api/chat")) {
        generate(c, body, bytes);
        return;
    }
    if (!strcmp(path, "/bench/counts")) {
        put_counts(c);
        return;
    }
    counts.other++;
    counts.shows += !strcmp(path, "/api/show");
    for (int i = 0; i < file_count; i++)
        if (!strcmp(path, files[i].path)) {
            put_json(c, 200, files[i].text, files[i].bytes);
            return;
        }
    counts.unknown++;
    put_json(c, 404, missing, sizeof missing - 1);
}

/* ---- reading ---- */

/* Bytes of the request at the start of the buffer, 0 where it is not whole yet. Fills in its body. */
static size_t whole_request(connection *c, char **body, size_t *bytes) {
    char *blank = memmem(c->in, c->in_used, "\r\n\r\n", 4);
    if (!blank)
        return 0;
    size_t head = blank + 4 - c->in;
    *body = c->in + head;
    *bytes = 0;
    blank[2] = 0;
    const char *length = strcasestr(c->in, "\ncontent-length:");
    int chunked = strcasestr(c->in, "\ntransfer-encoding: chunked") != NULL;
    *bytes = length ? strtoul(length + 16, NULL, 10) : 0;
    blank[2] = '\r';
    if (chunked) {
        char *end = memmem(*body, c->in_used - head, "0\r\n\r\n", 5);
        if (!end)
            return 0;
        /* The chunk sizes stay in: a text that was cut in two shows as a wrong checksum. */
        *bytes = end - *body;
        return head + *bytes + 5;
    }
    return c->in_used < head + *bytes ? 0 : head + *bytes;
}

static int serve(connection *c) {
    char *body, path[128];
    size_t bytes, whole;
    while (c->heap_at < 0 && c->out_used == 0 && c->in_used && (whole = whole_request(c, &body, &bytes))) {
        if (sscanf(c->in, "%*15s %127[^ ?]", path) != 1)
            return 0;
        answer(c, path, body, bytes);
        memmove(c->in, c->in + whole, c->in_used - whole);
        c->in_used -= whole;
        /* The first token is due at once, and goes out with the head. */
        if (c->heap_at >= 0 ? !send_due_token(c) : !flush_out(c))
            return 0;
    }
    return c->in_used < READ_BYTES - 1;
}

static int take(connection *c) {
    ssize_t got = recv(c->fd, c->in + c->in_used, READ_BYTES - 1 - c->in_used, 0);
    if (got < 0)
        return errno == EAGAIN;
    c->in_used += got;
    c->in[c->in_used] = 0;
    return got && serve(c);
}

static void drop(connection *c) {
    heap_remove(c);
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void accept_all(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MAX_CONNECTIONS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        c->heap_at = -1;
        c->in = malloc(READ_BYTES);
        struct epoll_event event = {EPOLLIN, {.ptr = c}};
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void on_event(connection *c, uint32_t events) {
    int lives = 1;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        lives = take(c);
    if (lives && events & EPOLLOUT)
        lives = flush_out(c) && serve(c);
    if (!lives)
        drop(c);
}

static void send_due(void) {
    for (int64_t now = now_ns(); streaming_count && streaming[0]->due_ns <= now;) {
        connection *c = streaming[0];
        if (!send_due_token(c) || !serve(c))
            drop(c);
    }
}

static void arm(int timer) {
    static int64_t armed_ns;
    int64_t due_ns = streaming_count ? streaming[0]->due_ns : 0;
    if (due_ns == armed_ns)
        return;
    struct itimerspec at = {{0, 0}, {due_ns / SECOND_NS, due_ns % SECOND_NS}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    armed_ns = due_ns;
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 1024)) {
        perror("upstream: bind");
        exit(1);
    }
    return fd;
}

static void load_file(char *argument) {
    char *equals = strchr(argument, '=');
    FILE *file = equals ? fopen(equals + 1, "rb") : NULL;
    struct stat about;
    if (!file || fstat(fileno(file), &about) || file_count == MAX_FILES) {
        fprintf(stderr, "upstream: %s: expected PATH=FILE, at most %d of them\n", argument, MAX_FILES);
        exit(2);
    }
    *equals = 0;
    reply_file *reply = &files[file_count++];
    *reply = (reply_file){argument, malloc(about.st_size), about.st_size};
    if (fread(reply->text, 1, reply->bytes, file) != reply->bytes)
        exit(2);
    fclose(file);
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: upstream PORT SECONDS_TO_LIVE [PATH=FILE]...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    /* Whatever becomes of who started it, it ends. */
    alarm(atoi(arguments[2]));
    for (int i = 3; i < count; i++)
        load_file(arguments[i]);
    static connection timer_mark;
    int listener = listen_on(atoi(arguments[1])), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll_fd = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.ptr = NULL}}, events[EVENTS];
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = &timer_mark;
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &event);
    for (;;) {
        arm(timer);
        int ready = epoll_wait(epoll_fd, events, EVENTS, -1);
        uint64_t expirations;
        for (int i = 0; i < ready; i++) {
            connection *c = events[i].data.ptr;
            if (!c)
                accept_all(listener);
            else if (c == &timer_mark)
                (void)!read(timer, &expirations, sizeof expirations);
            else
                on_event(c, events[i].events);
        }
        send_due();
    }
}
