/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A reader of the activity feed that only takes what comes, as fast as it comes.
 *
 *     drain SOCKET SECONDS_TO_LIVE
 *
 * Ends with 0 when it is told to or the feed ends, with 1 where nobody listens. Prints how many messages came.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 4096 };

static volatile sig_atomic_t over;

static void stop(int signal_number) { over = signal_number; }

int main(int count, char **arguments) {
    if (count != 3 || strlen(arguments[1]) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        fprintf(stderr, "usage: drain SOCKET SECONDS_TO_LIVE\n");
        return 2;
    }
    struct sigaction on_stop = {.sa_handler = stop};
    sigaction(SIGTERM, &on_stop, NULL);
    alarm(atoi(arguments[2]));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    strcpy(there.sun_path, arguments[1]);
    if (connect(fd, (struct sockaddr *)&there, sizeof there)) {
        perror("drain: connect");
        return 1;
    }
    char message[MESSAGE_BYTES];
    unsigned long messages = 0;
    while (!over && recv(fd, message, sizeof message, 0) > 0)
        messages++;
    printf("%lu messages\n", messages);
    return 0;
}
