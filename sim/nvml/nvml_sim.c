/* SPDX-FileCopyrightText: 2026 The green-qwen authors
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NVML's interface over the simulated GPU: a stand-in for libnvidia-ml.so.1 that asks a running green-sim
 * through its Unix socket (GREEN_SIM_GPU_SOCKET, else /run/green-sim/gpu.sock). The lines are described in
 * sim/green_sim/gpu/protocol.py. Layouts and numbers are those of NVML 13 as nvidia-ml-py has them.
 */
/* Not _GNU_SOURCE: with it, glibc from 2.38 on binds strtoull() to a symbol that Debian 12's does not have. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
#define DEFAULT_SOCKET "/run/green-sim/gpu.sock"
#define MAX_REPLY 8192
#define MAX_REQUEST 256
#define MAX_GPUS 16
#define MAX_INSTANCES 8
#define MAX_ITEMS 512
#define TIMEOUT_S 2

typedef int nvmlReturn_t;
enum {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NO_PERMISSION = 4,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9,
    GPU_IS_LOST = 15,
    ARGUMENT_VERSION_MISMATCH = 25,
    UNKNOWN = 999
};

typedef struct nvmlDevice_st {
    unsigned int index, instance;
} *nvmlDevice_t;

typedef struct {
    unsigned int gpu, memory;
} nvmlUtilization_t;

typedef struct {
    unsigned long long total, free, used;
} nvmlMemory_t;

typedef struct {
    unsigned int version;
    unsigned long long total, reserved, free, used;
} nvmlMemory_v2_t;

typedef struct {
    unsigned int pid;
    unsigned long long usedGpuMemory;
    unsigned int gpuInstanceId, computeInstanceId;
} nvmlProcessInfo_t;

typedef struct {
    unsigned int pid;
    unsigned long long timeStamp;
    unsigned int smUtil, memUtil, encUtil, decUtil;
} nvmlProcessUtilizationSample_t;

typedef struct {
    unsigned int version, sensorType;
    int temperature;
} nvmlTemperature_v1_t;

typedef union {
    double dVal;
    unsigned int uiVal;
    unsigned long long ullVal;
} nvmlValue_t;

typedef struct {
    unsigned int fieldId, scopeId;
    long long timestamp, latencyUsec;
    unsigned int valueType;
    nvmlReturn_t nvmlReturn;
    nvmlValue_t value;
} nvmlFieldValue_t;

_Static_assert(sizeof(nvmlFieldValue_t) == 40, "nvmlFieldValue_t");
_Static_assert(sizeof(nvmlMemory_v2_t) == 40, "nvmlMemory_v2_t");
_Static_assert(sizeof(nvmlProcessInfo_t) == 24, "nvmlProcessInfo_t");
_Static_assert(sizeof(nvmlProcessUtilizationSample_t) == 32, "nvmlProcessUtilizationSample_t");
_Static_assert(sizeof(nvmlTemperature_v1_t) == 12, "nvmlTemperature_v1_t");

static const unsigned int MEMORY_V2 = 0x02000028;
static const unsigned int TEMPERATURE_V1 = 0x0100000C;
enum { FIELD_TOTAL_ENERGY = 83, FIELD_POWER_AVERAGE = 185, FIELD_POWER_INSTANT = 186 };
enum { VALUE_UNSIGNED_INT = 1, VALUE_UNSIGNED_LONG_LONG = 3 };
enum { CLOCK_GRAPHICS = 0, CLOCK_SM = 1, CLOCK_MEMORY = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int initialised;
static int connection = -1;
static pid_t connected_pid;
static struct nvmlDevice_st devices[MAX_GPUS], instances[MAX_GPUS][MAX_INSTANCES];

/* ---- the connection; all of it runs under the lock ---- */

static void hang_up(void)
{
    if (connection >= 0)
        close(connection);
    connection = -1;
}

static bool dial(void)
{
    const char *path = getenv("GREEN_SIM_GPU_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = TIMEOUT_S};

    if (path == NULL || *path == '\0')
        path = DEFAULT_SOCKET;
    if (strlen(path) >= sizeof address.sun_path)
        return false;
    strcpy(address.sun_path, path);
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return false;
    connected_pid = getpid();
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    hang_up();
    return false;
}

static bool send_all(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool receive_line(char reply[MAX_REPLY])
{
    size_t length = 0;
    while (length < MAX_REPLY - 1) {
        ssize_t got = recv(connection, reply + length, MAX_REPLY - 1 - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        length += (size_t)got;
        if (reply[length - 1] == '\n') {
            reply[length - 1] = '\0';
            return true;
        }
    }
    return false;
}

/* A second attempt on a new connection: green-sim may have been restarted. No call counts twice. */
static bool exchange(const char *request, size_t length, char reply[MAX_REPLY])
{
    if (connection >= 0 && connected_pid != getpid())
        hang_up();
    for (int attempt = 0; attempt < 2; attempt++) {
        bool fresh = connection < 0;
        if (fresh && !dial())
            return false;
        if (send_all(request, length) && receive_line(reply))
            return true;
        hang_up();
        if (fresh)
            return false;
    }
    return false;
}

static nvmlReturn_t named_error(const char *text)
{
    static const struct {
        const char *name;
        nvmlReturn_t code;
    } errors[] = {
        {"no_permission", NO_PERMISSION}, {"not_supported", NOT_SUPPORTED}, {"gpu_lost", GPU_IS_LOST},
        {"driver_gone", GPU_IS_LOST},     {"not_found", NOT_FOUND},         {"invalid_argument", INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        size_t length = strlen(errors[i].name);
        if (strncmp(text, errors[i].name, length) == 0 && (text[length] == ' ' || text[length] == '\0'))
            return errors[i].code;
    }
    return UNKNOWN;
}

/* Asks one line; on success the values are at the start of `reply`. */
__attribute__((format(printf, 2, 3))) static nvmlReturn_t ask(char reply[MAX_REPLY], const char *format, ...)
{
    char request[MAX_REQUEST];
    va_list arguments;
    bool answered;

    va_start(arguments, format);
    int length = vsnprintf(request, sizeof request - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof request - 1 || strchr(request, '\n') != NULL)
        return INVALID_ARGUMENT;
    request[length] = '\n';
    pthread_mutex_lock(&lock);
    answered = exchange(request, (size_t)length + 1, reply);
    pthread_mutex_unlock(&lock);
    if (!answered)
        return GPU_IS_LOST;
    if (strncmp(reply, "ok", 2) == 0 && (reply[2] == ' ' || reply[2] == '\0')) {
        memmove(reply, reply + 2 + (reply[2] == ' '), strlen(reply + 2 + (reply[2] == ' ')) + 1);
        return SUCCESS;
    }
    return strncmp(reply, "error ", 6) == 0 ? named_error(reply + 6) : UNKNOWN;
}

/* ---- reading replies ---- */

static bool is_initialised(void)
{
    pthread_mutex_lock(&lock);
    bool yes = initialised > 0;
    pthread_mutex_unlock(&lock);
    return yes;
}

static bool is_instance(nvmlDevice_t device)
{
    for (unsigned int i = 0; i < MAX_GPUS * MAX_INSTANCES; i++)
        if (device == &instances[i / MAX_INSTANCES][i % MAX_INSTANCES])
            return true;
    return false;
}

/* What an instance tells is asked by `instance_word`; all else is its parent's. */
static nvmlReturn_t check(nvmlDevice_t device)
{
    if (!is_initialised())
        return UNINITIALIZED;
    for (unsigned int i = 0; i < MAX_GPUS; i++)
        if (device == &devices[i])
            return SUCCESS;
    return is_instance(device) ? NOT_SUPPORTED : INVALID_ARGUMENT;
}

/* Reads up to `most` numbers separated by spaces; -1 where there is anything else or there are more. */
static int numbers(const char *text, unsigned long long *values, int most)
{
    int count = 0;
    while (*text != '\0') {
        char *end;
        errno = 0;
        unsigned long long value = strtoull(text, &end, 10);
        if (end == text || errno != 0 || (*end != ' ' && *end != '\0') || count == most)
            return -1;
        values[count++] = value;
        text = *end == ' ' ? end + 1 : end;
    }
    return count;
}

static nvmlReturn_t read_numbers(nvmlDevice_t device, const char *call, unsigned long long *values, int count)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS)
        result = ask(reply, "%s %u", call, device->index);
    if (result == SUCCESS && numbers(reply, values, count) != count)
        result = UNKNOWN;
    return result;
}

static nvmlReturn_t read_unsigned(nvmlDevice_t device, const char *call, unsigned int *value)
{
    unsigned long long number;
    if (value == NULL)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = read_numbers(device, call, &number, 1);
    if (result == SUCCESS)
        *value = (unsigned int)number;
    return result;
}

static nvmlReturn_t copy_text(const char *text, char *buffer, unsigned int length)
{
    if (buffer == NULL)
        return INVALID_ARGUMENT;
    if (strlen(text) >= length)
        return INSUFFICIENT_SIZE;
    strcpy(buffer, text);
    return SUCCESS;
}

static nvmlReturn_t read_text(nvmlDevice_t device, const char *call, char *buffer, unsigned int length)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS)
        result = ask(reply, "%s %u", call, device->index);
    return result == SUCCESS ? copy_text(reply, buffer, length) : result;
}

/* Hands a list of numbers to a caller who may ask for its size first. */
static nvmlReturn_t give_list(const char *reply, unsigned int *count, unsigned int *values)
{
    unsigned long long found[MAX_ITEMS];
    int size = numbers(reply, found, MAX_ITEMS);
    if (size < 0)
        return UNKNOWN;
    unsigned int room = *count;
    *count = (unsigned int)size;
    if (values == NULL ? size > 0 : room < (unsigned int)size)
        return INSUFFICIENT_SIZE;
    for (int i = 0; i < size; i++)
        values[i] = (unsigned int)found[i];
    return SUCCESS;
}

static unsigned int count_words(const char *text)
{
    unsigned int words = *text != '\0';
    for (; *text != '\0'; text++)
        words += *text == ' ';
    return words;
}

/* The word of an instance, UUID:NAME:USED:TOTAL:PID,PID, split at its colons. */
enum { INSTANCE_UUID, INSTANCE_NAME, INSTANCE_USED, INSTANCE_TOTAL, INSTANCE_PIDS, INSTANCE_PARTS };

static nvmlReturn_t instance_word(nvmlDevice_t device, char reply[MAX_REPLY], char *parts[INSTANCE_PARTS])
{
    char *rest = reply, *word = NULL;
    if (!is_initialised())
        return UNINITIALIZED;
    nvmlReturn_t result = ask(reply, "instances %u", device->index);
    if (result != SUCCESS)
        return result;
    for (unsigned int i = 0; i <= device->instance; i++)
        word = strsep(&rest, " ");
    if (word == NULL || *word == '\0')
        return NOT_FOUND;
    for (int i = 0; i < INSTANCE_PARTS; i++)
        if ((parts[i] = strsep(&word, ":")) == NULL)
            return UNKNOWN;
    for (char *letter = parts[INSTANCE_NAME]; *letter != '\0'; letter++)
        if (*letter == '_')
            *letter = ' ';
    return SUCCESS;
}

static nvmlReturn_t instance_text(nvmlDevice_t device, int part, char *buffer, unsigned int length)
{
    char reply[MAX_REPLY], *parts[INSTANCE_PARTS];
    nvmlReturn_t result = instance_word(device, reply, parts);
    return result == SUCCESS ? copy_text(parts[part], buffer, length) : result;
}

static nvmlReturn_t instance_memory(nvmlDevice_t device, nvmlMemory_t *memory)
{
    char reply[MAX_REPLY], *parts[INSTANCE_PARTS];
    unsigned long long used, total;
    nvmlReturn_t result = instance_word(device, reply, parts);
    if (result != SUCCESS)
        return result;
    if (numbers(parts[INSTANCE_USED], &used, 1) != 1 || numbers(parts[INSTANCE_TOTAL], &total, 1) != 1)
        return UNKNOWN;
    *memory = (nvmlMemory_t){.total = total, .free = total - used, .used = used};
    return SUCCESS;
}

static nvmlReturn_t instance_processes(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *processes)
{
    char reply[MAX_REPLY], *parts[INSTANCE_PARTS], *pid;
    nvmlReturn_t result = instance_word(device, reply, parts);
    if (result != SUCCESS)
        return result;
    unsigned int room = *count, size = *parts[INSTANCE_PIDS] != '\0';
    for (char *letter = parts[INSTANCE_PIDS]; *letter != '\0'; letter++)
        size += *letter == ',';
    *count = size;
    if (processes == NULL ? size > 0 : room < size)
        return INSUFFICIENT_SIZE;
    for (unsigned int i = 0; i < size && (pid = strsep(&parts[INSTANCE_PIDS], ",")) != NULL; i++)
        processes[i] = (nvmlProcessInfo_t){.pid = (unsigned int)strtoul(pid, NULL, 10),
                                           .gpuInstanceId = device->instance + 1};
    return SUCCESS;
}

/* ---- the library ---- */

API nvmlReturn_t nvmlInitWithFlags(unsigned int flags)
{
    char reply[MAX_REPLY];
    (void)flags;
    if (ask(reply, "driver_version") != SUCCESS)
        return DRIVER_NOT_LOADED;
    pthread_mutex_lock(&lock);
    initialised++;
    for (unsigned int i = 0; i < MAX_GPUS; i++) {
        devices[i].index = i;
        for (unsigned int j = 0; j < MAX_INSTANCES; j++)
            instances[i][j] = (struct nvmlDevice_st){.index = i, .instance = j};
    }
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}

API nvmlReturn_t nvmlInit_v2(void)
{
    return nvmlInitWithFlags(0);
}

API nvmlReturn_t nvmlInit(void)
{
    return nvmlInitWithFlags(0);
}

API nvmlReturn_t nvmlShutdown(void)
{
    nvmlReturn_t result = UNINITIALIZED;
    pthread_mutex_lock(&lock);
    if (initialised > 0) {
        initialised--;
        result = SUCCESS;
        if (initialised == 0)
            hang_up();
    }
    pthread_mutex_unlock(&lock);
    return result;
}

API const char *nvmlErrorString(nvmlReturn_t result)
{
    switch (result) {
    case SUCCESS: return "The operation was successful";
    case UNINITIALIZED: return "Uninitialized";
    case INVALID_ARGUMENT: return "Invalid Argument";
    case NOT_SUPPORTED: return "Not Supported";
    case NO_PERMISSION: return "Insufficient Permissions";
    case NOT_FOUND: return "Not Found";
    case INSUFFICIENT_SIZE: return "Insufficient Size";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    case ARGUMENT_VERSION_MISMATCH: return "Argument version mismatch";
    default: return "Unknown Error";
    }
}

API nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length)
{
    char reply[MAX_REPLY];
    if (!is_initialised())
        return UNINITIALIZED;
    nvmlReturn_t result = ask(reply, "driver_version");
    return result == SUCCESS ? copy_text(reply, version, length) : result;
}

API nvmlReturn_t nvmlSystemGetNVMLVersion(char *version, unsigned int length)
{
    char reply[MAX_REPLY], text[MAX_REPLY + 4];
    nvmlReturn_t result = nvmlSystemGetDriverVersion(reply, sizeof reply);
    snprintf(text, sizeof text, "13.%s", reply);
    return result == SUCCESS ? copy_text(text, version, length) : result;
}

API nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count)
{
    char reply[MAX_REPLY];
    unsigned long long number;
    if (!is_initialised())
        return UNINITIALIZED;
    if (count == NULL)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = ask(reply, "gpu_count");
    if (result == SUCCESS && (numbers(reply, &number, 1) != 1 || number > MAX_GPUS))
        result = UNKNOWN;
    if (result == SUCCESS)
        *count = (unsigned int)number;
    return result;
}

API nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device)
{
    char reply[MAX_REPLY];
    if (!is_initialised())
        return UNINITIALIZED;
    if (device == NULL || index >= MAX_GPUS)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = ask(reply, "uuid %u", index);
    if (result == SUCCESS)
        *device = &devices[index];
    return result == NOT_FOUND ? INVALID_ARGUMENT : result;
}

API nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device)
{
    char reply[MAX_REPLY];
    unsigned long long index;
    if (!is_initialised())
        return UNINITIALIZED;
    if (uuid == NULL || device == NULL)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = ask(reply, "index %s", uuid);
    if (result != SUCCESS)
        return result;
    if (numbers(reply, &index, 1) != 1 || index >= MAX_GPUS)
        return UNKNOWN;
    return nvmlDeviceGetHandleByIndex_v2((unsigned int)index, device);
}

API nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int *index)
{
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && index == NULL)
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        *index = device->index;
    return result;
}

API nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length)
{
    return is_instance(device) ? instance_text(device, INSTANCE_UUID, uuid, length)
                               : read_text(device, "uuid", uuid, length);
}

API nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length)
{
    return is_instance(device) ? instance_text(device, INSTANCE_NAME, name, length)
                               : read_text(device, "name", name, length);
}

API nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *power_mw)
{
    return read_unsigned(device, "power_average", power_mw);
}

API nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *energy_mj)
{
    return energy_mj == NULL ? INVALID_ARGUMENT : read_numbers(device, "energy", energy_mj, 1);
}

static nvmlReturn_t read_field(nvmlDevice_t device, nvmlFieldValue_t *field)
{
    unsigned long long value;
    const char *call = field->fieldId == FIELD_POWER_INSTANT   ? "power_instant"
                       : field->fieldId == FIELD_POWER_AVERAGE ? "power_average"
                       : field->fieldId == FIELD_TOTAL_ENERGY  ? "energy"
                                                               : NULL;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    field->timestamp = (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    field->latencyUsec = 0;
    /* Scope 1 is the module of CPU and GPU, which this card is no part of. */
    field->nvmlReturn = call == NULL || field->scopeId != 0 ? NOT_SUPPORTED : read_numbers(device, call, &value, 1);
    if (field->nvmlReturn != SUCCESS)
        return field->nvmlReturn;
    if (field->fieldId == FIELD_TOTAL_ENERGY) {
        field->valueType = VALUE_UNSIGNED_LONG_LONG;
        field->value.ullVal = value;
    } else {
        field->valueType = VALUE_UNSIGNED_INT;
        field->value.ullVal = 0;
        field->value.uiVal = (unsigned int)value;
    }
    return SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *fields)
{
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && (count < 1 || fields == NULL))
        result = INVALID_ARGUMENT;
    for (int i = 0; result == SUCCESS && i < count; i++)
        if (read_field(device, &fields[i]) == GPU_IS_LOST)
            result = GPU_IS_LOST;
    return result;
}

API nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization)
{
    unsigned long long rates[2];
    if (utilization == NULL)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = read_numbers(device, "utilisation", rates, 2);
    if (result == SUCCESS)
        *utilization = (nvmlUtilization_t){(unsigned int)rates[0], (unsigned int)rates[1]};
    return result;
}

API nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, unsigned int type, unsigned int *clock_mhz)
{
    char reply[MAX_REPLY];
    unsigned long long number;
    nvmlReturn_t result = check(device);
    if (result != SUCCESS)
        return result;
    if (clock_mhz == NULL)
        return INVALID_ARGUMENT;
    if (type > CLOCK_MEMORY)
        return NOT_SUPPORTED;
    result = ask(reply, "clock %u %s", device->index, type == CLOCK_MEMORY ? "memory" : "sm");
    if (result == SUCCESS && numbers(reply, &number, 1) != 1)
        result = UNKNOWN;
    if (result == SUCCESS)
        *clock_mhz = (unsigned int)number;
    return result;
}

API nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory)
{
    unsigned long long bytes[2];
    if (memory == NULL)
        return INVALID_ARGUMENT;
    if (is_instance(device))
        return instance_memory(device, memory);
    nvmlReturn_t result = read_numbers(device, "memory", bytes, 2);
    if (result == SUCCESS)
        *memory = (nvmlMemory_t){.total = bytes[1], .free = bytes[1] - bytes[0], .used = bytes[0]};
    return result;
}

API nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory)
{
    nvmlMemory_t plain;
    if (memory == NULL)
        return INVALID_ARGUMENT;
    if (memory->version != MEMORY_V2)
        return ARGUMENT_VERSION_MISMATCH;
    nvmlReturn_t result = nvmlDeviceGetMemoryInfo(device, &plain);
    if (result == SUCCESS) {
        memory->total = plain.total;
        memory->reserved = 0;
        memory->free = plain.free;
        memory->used = plain.used;
    }
    return result;
}

API nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned int sensor, unsigned int *temperature_c)
{
    return sensor != 0 ? INVALID_ARGUMENT : read_unsigned(device, "temperature", temperature_c);
}

API nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_v1_t *temperature)
{
    unsigned int degrees;
    if (temperature == NULL)
        return INVALID_ARGUMENT;
    if (temperature->version != TEMPERATURE_V1)
        return ARGUMENT_VERSION_MISMATCH;
    nvmlReturn_t result = nvmlDeviceGetTemperature(device, temperature->sensorType, &degrees);
    if (result == SUCCESS)
        temperature->temperature = (int)degrees;
    return result;
}

API nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int *limit_mw)
{
    return read_unsigned(device, "power_limit", limit_mw);
}

API nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int *limit_mw)
{
    return read_unsigned(device, "power_limit", limit_mw);
}

API nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device, unsigned long long *reasons)
{
    return reasons == NULL ? INVALID_ARGUMENT : read_numbers(device, "clock_event_reasons", reasons, 1);
}

API nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, unsigned int *state)
{
    return read_unsigned(device, "performance_state", state);
}

API nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, unsigned int *mode)
{
    return read_unsigned(device, "persistence", mode);
}

API nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned int *count, unsigned int *clocks_mhz)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && count == NULL)
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = ask(reply, "memory_clocks %u", device->index);
    return result == SUCCESS ? give_list(reply, count, clocks_mhz) : result;
}

API nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned int memory_mhz,
                                                      unsigned int *count, unsigned int *clocks_mhz)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && count == NULL)
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = ask(reply, "sm_clocks %u %u", device->index, memory_mhz);
    return result == SUCCESS ? give_list(reply, count, clocks_mhz) : result;
}

API nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, unsigned int type, unsigned int *clock_mhz)
{
    unsigned int clocks_mhz[MAX_ITEMS], count = MAX_ITEMS;
    if (clock_mhz == NULL)
        return INVALID_ARGUMENT;
    if (type > CLOCK_MEMORY)
        return NOT_SUPPORTED;
    nvmlReturn_t result = nvmlDeviceGetSupportedMemoryClocks(device, &count, clocks_mhz);
    if (result == SUCCESS && count > 0 && type != CLOCK_MEMORY) {
        unsigned int memory_mhz = clocks_mhz[0];
        count = MAX_ITEMS;
        result = nvmlDeviceGetSupportedGraphicsClocks(device, memory_mhz, &count, clocks_mhz);
    }
    if (result == SUCCESS && count == 0)
        result = UNKNOWN;
    if (result == SUCCESS)
        *clock_mhz = clocks_mhz[0];
    return result;
}

API nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count,
                                                         nvmlProcessInfo_t *processes)
{
    char reply[MAX_REPLY], *rest = reply, *word;
    if (count != NULL && is_instance(device))
        return instance_processes(device, count, processes);
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && count == NULL)
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = ask(reply, "processes %u", device->index);
    if (result != SUCCESS)
        return result;
    unsigned int room = *count, size = count_words(reply);
    *count = size;
    if (processes == NULL ? size > 0 : room < size)
        return INSUFFICIENT_SIZE;
    for (unsigned int i = 0; i < size && (word = strsep(&rest, " ")) != NULL; i++) {
        nvmlProcessInfo_t found = {.gpuInstanceId = ~0u, .computeInstanceId = ~0u};
        if (sscanf(word, "%u:%llu", &found.pid, &found.usedGpuMemory) != 2)
            return UNKNOWN;
        processes[i] = found;
    }
    return SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *samples,
                                                 unsigned int *count, unsigned long long since_us)
{
    char reply[MAX_REPLY], *rest = reply, *word;
    nvmlReturn_t result = check(device);
    (void)since_us;
    if (result == SUCCESS && count == NULL)
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = ask(reply, "process_utilisation %u", device->index);
    if (result != SUCCESS)
        return result;
    unsigned int room = *count, size = count_words(reply);
    *count = size;
    if (samples == NULL ? size > 0 : room < size)
        return INSUFFICIENT_SIZE;
    for (unsigned int i = 0; i < size && (word = strsep(&rest, " ")) != NULL; i++) {
        nvmlProcessUtilizationSample_t found = {0};
        if (sscanf(word, "%u:%llu:%u:%u", &found.pid, &found.timeStamp, &found.smUtil, &found.memUtil) != 4)
            return UNKNOWN;
        samples[i] = found;
    }
    return SUCCESS;
}

/* ---- MIG: instances have names, memory and processes; power and energy are their parent's ---- */

API nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *current, unsigned int *pending)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && (current == NULL || pending == NULL))
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = ask(reply, "instances %u", device->index);
    if (result != SUCCESS && result != NOT_SUPPORTED)
        return result;
    *current = *pending = result == SUCCESS;
    return SUCCESS;
}

API nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int *count)
{
    unsigned int current, pending;
    if (count == NULL)
        return INVALID_ARGUMENT;
    nvmlReturn_t result = nvmlDeviceGetMigMode(device, &current, &pending);
    if (result == SUCCESS)
        *count = current ? MAX_INSTANCES : 0;
    return result;
}

API nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t *instance)
{
    char reply[MAX_REPLY], *parts[INSTANCE_PARTS];
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && (instance == NULL || index >= MAX_INSTANCES))
        result = INVALID_ARGUMENT;
    if (result == SUCCESS)
        result = instance_word(&instances[device->index][index], reply, parts);
    if (result == SUCCESS)
        *instance = &instances[device->index][index];
    return result;
}

/* ---- clocks: the real driver wants CAP_SYS_ADMIN, whatever the user id ---- */

static bool is_administrator(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    memset(sets, 0, sizeof sets);
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    return (sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

static nvmlReturn_t may_set_clocks(nvmlDevice_t device)
{
    nvmlReturn_t result = check(device);
    if (result == SUCCESS && !is_administrator())
        result = NO_PERMISSION;
    return result;
}

static nvmlReturn_t lock_clocks(nvmlDevice_t device, const char *call, unsigned int low_mhz, unsigned int high_mhz)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = may_set_clocks(device);
    return result == SUCCESS ? ask(reply, "%s %u %u %u", call, device->index, low_mhz, high_mhz) : result;
}

static nvmlReturn_t reset_clocks(nvmlDevice_t device, const char *call)
{
    char reply[MAX_REPLY];
    nvmlReturn_t result = may_set_clocks(device);
    return result == SUCCESS ? ask(reply, "%s %u", call, device->index) : result;
}

API nvmlReturn_t nvmlDeviceSetGpuLockedClocks(nvmlDevice_t device, unsigned int low_mhz, unsigned int high_mhz)
{
    return lock_clocks(device, "lock_sm", low_mhz, high_mhz);
}

API nvmlReturn_t nvmlDeviceResetGpuLockedClocks(nvmlDevice_t device)
{
    return reset_clocks(device, "reset_sm");
}

API nvmlReturn_t nvmlDeviceSetMemoryLockedClocks(nvmlDevice_t device, unsigned int low_mhz, unsigned int high_mhz)
{
    return lock_clocks(device, "lock_memory", low_mhz, high_mhz);
}

API nvmlReturn_t nvmlDeviceResetMemoryLockedClocks(nvmlDevice_t device)
{
    return reset_clocks(device, "reset_memory");
}
