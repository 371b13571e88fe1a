/* Threads that check signatures and never hold the interpreter. So they can be less urgent than those that do: the loop
   and the disk have a core as soon as they want one, and no thread of Python waits for one that has no core.

   What is valid is libsodium's to say, by the very function that PyNaCl calls for one: its address is handed in. */

#define PY_SSIZE_T_CLEAN
#ifdef __linux__
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include <Python.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#define KEY_SIZE 32
#define SIGNATURE_SIZE 64

/* A thread takes so many checks of a batch at a time: about a millisecond, after which a more urgent batch has its turn. */
#define SHARE 16
#define THREADS_MAX 256
#define NAME "p2pchain.signature_pool"

typedef int (*open_function)(unsigned char *message, unsigned long long *message_size, const unsigned char *signed_message,
                             unsigned long long signed_size, const unsigned char *key);

typedef struct batch {
    struct batch *next;
    PyObject *given; /* the bytes that hold the checks: kept until the batch is collected */
    PyObject *verdicts;
    const unsigned char *checks;
    char *valid;
    unsigned long long number;
    Py_ssize_t size, count, claimed, done; /* of each check its bytes: a key, a signature, and what is signed */
} batch;

typedef struct {
    batch *first, **end;
} line;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t work, results;
    open_function open;
    int less_urgent, closing;
    size_t thread_count;
    pthread_t threads[THREADS_MAX];
    line waiting[2], finished; /* of those that wait, the urgent ones first */
} pool;

static void append(line *line, batch *batch)
{
    batch->next = NULL;
    *line->end = batch;
    line->end = &batch->next;
}

static batch *take(line *line)
{
    batch *batch = line->first;
    if (batch != NULL && (line->first = batch->next) == NULL)
        line->end = &line->first;
    return batch;
}

/* Claim a share of the batch whose turn it is; a batch that is claimed to its end waits no more. Called with the lock. */
static batch *claim(pool *pool, Py_ssize_t *start, Py_ssize_t *count)
{
    for (int i = 0; i < 2; i++) {
        batch *batch = pool->waiting[i].first;
        if (batch == NULL)
            continue;
        *start = batch->claimed;
        *count = batch->count - batch->claimed < SHARE ? batch->count - batch->claimed : SHARE;
        batch->claimed += *count;
        if (batch->claimed == batch->count)
            take(&pool->waiting[i]);
        return batch;
    }
    return NULL;
}

static void run(open_function open, batch *batch, Py_ssize_t start, Py_ssize_t count)
{
    unsigned long long signed_size = (unsigned long long)(batch->size - KEY_SIZE);

    for (Py_ssize_t i = start; i < start + count; i++) {
        const unsigned char *key = batch->checks + i * batch->size;
        batch->valid[i] = open(NULL, NULL, key + KEY_SIZE, signed_size, key) == 0;
    }
}

static void *work(void *argument)
{
    pool *pool = argument;
    batch *batch;
    Py_ssize_t start, count;

#ifdef __linux__ /* where a priority can be a thread's own */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), pool->less_urgent);
#endif
    pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        if ((batch = claim(pool, &start, &count)) == NULL) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        run(pool->open, batch, start, count);
        pthread_mutex_lock(&pool->lock);
        if ((batch->done += count) != batch->count)
            continue;
        append(&pool->finished, batch);
        /* Whoever wakes takes this thread's core at once, for it is less urgent: it must not keep the lock meanwhile. */
        pthread_mutex_unlock(&pool->lock);
        pthread_cond_signal(&pool->results);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void drop(batch *batch)
{
    Py_DECREF(batch->given);
    Py_XDECREF(batch->verdicts);
    PyMem_Free(batch);
}

static void stop(pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = 1;
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->results);
    pthread_mutex_unlock(&pool->lock);
    while (pool->thread_count > 0)
        pthread_join(pool->threads[--pool->thread_count], NULL);
}

static void destroy(PyObject *capsule)
{
    pool *pool = PyCapsule_GetPointer(capsule, NAME);
    line *lines[] = {&pool->waiting[0], &pool->waiting[1], &pool->finished};
    batch *batch;

    stop(pool);
    for (int i = 0; i < 3; i++)
        while ((batch = take(lines[i])) != NULL)
            drop(batch);
    pthread_cond_destroy(&pool->results);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    PyMem_Free(pool);
}

static PyObject *open_pool(PyObject *self, PyObject *args)
{
    unsigned long long address;
    unsigned int threads;
    int less_urgent;
    pool *made;
    PyObject *capsule;

    (void)self;
    if (!PyArg_ParseTuple(args, "KIi", &address, &threads, &less_urgent))
        return NULL;
    if ((made = PyMem_Calloc(1, sizeof *made)) == NULL)
        return PyErr_NoMemory();
    made->open = (open_function)(uintptr_t)address;
    made->less_urgent = less_urgent;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->results, NULL);
    for (int i = 0; i < 2; i++)
        made->waiting[i].end = &made->waiting[i].first;
    made->finished.end = &made->finished.first;
    if ((capsule = PyCapsule_New(made, NAME, destroy)) == NULL) {
        PyMem_Free(made);
        return NULL;
    }
    while (made->thread_count < threads && made->thread_count < THREADS_MAX) {
        if (pthread_create(&made->threads[made->thread_count], NULL, work, made) != 0) {
            PyErr_SetString(PyExc_RuntimeError, "no thread can be started");
            Py_DECREF(capsule);
            return NULL;
        }
        made->thread_count++;
    }
    return capsule;
}

static PyObject *submit(PyObject *self, PyObject *args)
{
    PyObject *capsule, *given;
    unsigned long long number;
    int urgent;
    char *bytes;
    Py_ssize_t size, count;
    pool *pool;
    batch *made;

    (void)self;
    if (!PyArg_ParseTuple(args, "OKSnp", &capsule, &number, &given, &count, &urgent))
        return NULL;
    if ((pool = PyCapsule_GetPointer(capsule, NAME)) == NULL || PyBytes_AsStringAndSize(given, &bytes, &size) < 0)
        return NULL;
    if (count < 1 || size % count != 0 || size / count < KEY_SIZE + SIGNATURE_SIZE) {
        PyErr_Format(PyExc_ValueError, "expected checks of one size, %d bytes or more, found %zd in %zd bytes",
                     KEY_SIZE + SIGNATURE_SIZE, count, size);
        return NULL;
    }
    if ((made = PyMem_Calloc(1, sizeof *made)) == NULL)
        return PyErr_NoMemory();
    made->size = size / count;
    made->count = count;
    made->number = number;
    made->checks = (const unsigned char *)bytes;
    made->given = Py_NewRef(given);
    made->verdicts = PyBytes_FromStringAndSize(NULL, made->count);
    if (made->verdicts == NULL) {
        drop(made);
        return NULL;
    }
    made->valid = PyBytes_AsString(made->verdicts);
    pthread_mutex_lock(&pool->lock);
    append(&pool->waiting[urgent ? 0 : 1], made);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_broadcast(&pool->work);
    Py_RETURN_NONE;
}

static PyObject *collect(PyObject *self, PyObject *capsule)
{
    pool *pool = PyCapsule_GetPointer(capsule, NAME);
    batch *batch = NULL;
    PyObject *result;

    (void)self;
    if (pool == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&pool->lock);
    while (!pool->closing && (batch = take(&pool->finished)) == NULL)
        pthread_cond_wait(&pool->results, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    Py_END_ALLOW_THREADS
    if (batch == NULL)
        Py_RETURN_NONE;
    result = Py_BuildValue("KO", batch->number, batch->verdicts);
    drop(batch);
    return result;
}

static PyObject *close_pool(PyObject *self, PyObject *capsule)
{
    pool *pool = PyCapsule_GetPointer(capsule, NAME);

    (void)self;
    if (pool == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    stop(pool);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"open_pool", open_pool, METH_VARARGS, "open_pool(open_address, threads, less_urgent): start the threads."},
    {"submit", submit, METH_VARARGS, "submit(pool, number, checks, count, urgent): queue a batch."},
    {"collect", collect, METH_O, "collect(pool): wait for a batch that is done; None once the pool is closed."},
    {"close_pool", close_pool, METH_O, "close_pool(pool): end the threads; what is queued is dropped."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_signature_pool", "Signatures checked beside the interpreter.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__signature_pool(void)
{
    return PyModule_Create(&module);
}
