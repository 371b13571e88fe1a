/* The search for a nonce in C: the first 64 of a header's 92 bytes are hashed once, then one compression a nonce.
   The interpreter is let go meanwhile. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "sha256.h"

#define HEADER_SIZE 92
#define TARGET_SIZE 32
#define BLOCK_SIZE 64
#define NONCE_WORD 5

typedef struct {
    uint32_t state[8];  /* after the first 64 bytes */
    uint32_t tail[16];  /* the last 28 bytes, the nonce at words 5 and 6, and the padding */
    uint32_t target[8];
} job;

typedef int (*find_function)(const job *, uint64_t start, uint64_t count, uint64_t *found);

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int meets(const uint32_t hash[8], const uint32_t target[8])
{
    for (int i = 0; i < 8; i++)
        if (hash[i] != target[i])
            return hash[i] < target[i];
    return 1;
}

static void set_nonce(uint32_t tail[16], uint64_t nonce)
{
    tail[NONCE_WORD] = (uint32_t)(nonce >> 32);
    tail[NONCE_WORD + 1] = (uint32_t)nonce;
}

static int find_portable(const job *job, uint64_t start, uint64_t count, uint64_t *found)
{
    uint32_t tail[16], hash[8];
    memcpy(tail, job->tail, sizeof tail);
    for (uint64_t i = 0; i < count; i++) {
        set_nonce(tail, start + i);
        sha256_portable(job->state, tail, hash);
        if (meets(hash, job->target)) {
            *found = start + i;
            return 1;
        }
    }
    return 0;
}

#ifdef SHA256_HAS_NI
static int find_ni(const job *job, uint64_t start, uint64_t count, uint64_t *found)
{
    uint32_t tails[2][16], hashes[2][8];
    memcpy(tails[0], job->tail, sizeof tails[0]);
    memcpy(tails[1], job->tail, sizeof tails[1]);
    for (uint64_t i = 0; i < count; i += 2) {
        set_nonce(tails[0], start + i);
        set_nonce(tails[1], start + i + 1);
        sha256_ni_pair(job->state, tails[0], tails[1], hashes);
        for (uint64_t j = 0; j < 2 && i + j < count; j++)
            if (hashes[j][0] <= job->target[0] && meets(hashes[j], job->target)) {
                *found = start + i + j;
                return 1;
            }
    }
    return 0;
}
#endif

static find_function find_best = find_portable;

static PyObject *run(find_function find, PyObject *args)
{
    const char *header, *target;
    Py_ssize_t header_size, target_size;
    unsigned long long start, count;
    uint32_t words[16];
    uint64_t found = 0;
    int success;
    job job;

    if (!PyArg_ParseTuple(args, "y#KKy#", &header, &header_size, &start, &count, &target, &target_size))
        return NULL;
    if (header_size != HEADER_SIZE || target_size != TARGET_SIZE) {
        PyErr_SetString(PyExc_ValueError, "expected a header of 92 bytes and a target of 32");
        return NULL;
    }
    for (int i = 0; i < 16; i++)
        words[i] = word_at((const unsigned char *)header + 4 * i);
    sha256_portable(SHA256_START, words, job.state);
    memset(job.tail, 0, sizeof job.tail);
    for (int i = 0; i < NONCE_WORD; i++)
        job.tail[i] = word_at((const unsigned char *)header + BLOCK_SIZE + 4 * i);
    job.tail[7] = 0x80000000;
    job.tail[15] = HEADER_SIZE * 8;
    for (int i = 0; i < 8; i++)
        job.target[i] = word_at((const unsigned char *)target + 4 * i);
    Py_BEGIN_ALLOW_THREADS
    success = find(&job, start, count, &found);
    Py_END_ALLOW_THREADS
    if (!success)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(found);
}

static PyObject *search(PyObject *self, PyObject *args)
{
    (void)self;
    return run(find_best, args);
}

static PyObject *search_portable(PyObject *self, PyObject *args)
{
    (void)self;
    return run(find_portable, args);
}

/* The reference of the benchmark: as many compressions, two interleaved where the processor can, and nothing else. */
static PyObject *compress(PyObject *self, PyObject *args)
{
    unsigned long long count;
    uint32_t words[2][16], states[2][8];

    (void)self;
    if (!PyArg_ParseTuple(args, "K", &count))
        return NULL;
    memset(words, 1, sizeof words);
    memcpy(states[0], SHA256_START, sizeof states[0]);
    Py_BEGIN_ALLOW_THREADS
    for (unsigned long long i = 0; i < count; i += 2) {
        words[0][0] = (uint32_t)i;
        words[1][0] = ~(uint32_t)i;
#ifdef SHA256_HAS_NI
        if (find_best == find_ni) {
            sha256_ni_pair(SHA256_START, words[0], words[1], states);
            continue;
        }
#endif
        sha256_portable(SHA256_START, words[0], states[0]);
        sha256_portable(SHA256_START, words[1], states[1]);
    }
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(states[0][0] ^ states[1][0]);
}

static PyMethodDef methods[] = {
    {"search", search, METH_VARARGS, "search(header, start, count, target): the fastest that this processor can do."},
    {"search_portable", search_portable, METH_VARARGS, "The same without special instructions."},
    {"compress", compress, METH_VARARGS, "compress(count): that many bare compressions."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_search", "The search for a nonce in C.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__search(void)
{
    PyObject *made = PyModule_Create(&module);
#ifdef SHA256_HAS_NI
    if (sha256_ni_supported())
        find_best = find_ni;
#endif
    if (made != NULL && PyModule_AddStringConstant(made, "METHOD", find_best == find_portable ? "portable C" : "SHA-NI") < 0) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
