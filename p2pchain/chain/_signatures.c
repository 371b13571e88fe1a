/* Many signatures in one call: the interpreter is let go once for all of them. A thread that asks for it back after each
   one waits for its turn as often, and beside a busy thread does hardly anything else.

   What is valid is libsodium's to say, by the very function that PyNaCl calls for one: its address is handed in. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define SIGNATURE_SIZE 64
#define KEY_SIZE 32

typedef int (*open_function)(unsigned char *message, unsigned long long *message_size, const unsigned char *signed_message,
                             unsigned long long signed_size, const unsigned char *key);

typedef struct {
    const char *key, *message, *signature;
    Py_ssize_t key_size, message_size, signature_size;
    int valid;
} check;

/* Where `signed_message` and `opened` are, two buffers of a signature and the longest message, is the caller's choice. */
static void run(open_function open, check *checks, Py_ssize_t count, unsigned char *signed_message, unsigned char *opened)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        check *each = &checks[i];
        unsigned long long opened_size;

        if (each->key_size != KEY_SIZE || each->signature_size != SIGNATURE_SIZE)
            continue;
        memcpy(signed_message, each->signature, SIGNATURE_SIZE);
        memcpy(signed_message + SIGNATURE_SIZE, each->message, (size_t)each->message_size);
        each->valid = open(opened, &opened_size, signed_message, (unsigned long long)(SIGNATURE_SIZE + each->message_size),
                           (const unsigned char *)each->key) == 0;
    }
}

/* Read the checks, which stay where they are as long as their tuple is held; the size of the longest message, or -1. */
static Py_ssize_t read_checks(PyObject *items, check *checks, Py_ssize_t count)
{
    Py_ssize_t longest = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        check *each = &checks[i];
        PyObject *item = PyTuple_GetItem(items, i);

        if (!PyTuple_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "expected tuples of key, message and signature");
            return -1;
        }
        if (!PyArg_ParseTuple(item, "y#y#y#", &each->key, &each->key_size, &each->message, &each->message_size,
                              &each->signature, &each->signature_size))
            return -1;
        each->valid = 0;
        if (each->message_size > longest)
            longest = each->message_size;
    }
    return longest;
}

static PyObject *verdicts_of(const check *checks, Py_ssize_t count)
{
    PyObject *verdicts = PyList_New(count);
    for (Py_ssize_t i = 0; verdicts != NULL && i < count; i++)
        if (PyList_SetItem(verdicts, i, PyBool_FromLong(checks[i].valid)) < 0)
            Py_CLEAR(verdicts);
    return verdicts;
}

static PyObject *verify_all(PyObject *self, PyObject *args)
{
    PyObject *given, *items, *verdicts = NULL;
    unsigned long long address;
    unsigned char *buffers = NULL;
    check *checks;
    Py_ssize_t count, longest;

    (void)self;
    if (!PyArg_ParseTuple(args, "KO", &address, &given))
        return NULL;
    items = PySequence_Tuple(given);
    if (items == NULL)
        return NULL;
    count = PyTuple_Size(items);
    checks = PyMem_Calloc((size_t)count + 1, sizeof *checks);
    if (checks == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    longest = read_checks(items, checks, count);
    if (longest < 0)
        goto done;
    buffers = PyMem_Calloc(2, (size_t)(SIGNATURE_SIZE + longest));
    if (buffers == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    run((open_function)(uintptr_t)address, checks, count, buffers, buffers + SIGNATURE_SIZE + longest);
    Py_END_ALLOW_THREADS
    verdicts = verdicts_of(checks, count);
done:
    PyMem_Free(buffers);
    PyMem_Free(checks);
    Py_DECREF(items);
    return verdicts;
}

static PyMethodDef methods[] = {
    {"verify_all", verify_all, METH_VARARGS, "verify_all(open, checks): a verdict for each (key, message, signature)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_signatures", "Many signatures in one call.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__signatures(void)
{
    return PyModule_Create(&module);
}
