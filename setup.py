"""Builds what is fast in C where a compiler is at hand; without one, the same in Python does."""

from setuptools import Extension, setup


def optional(name: str, source: str, *headers: str) -> Extension:
    """Describe one module in C, for any Python from 3.11 on."""
    return Extension(
        name,
        sources=[source],
        depends=list(headers),
        extra_compile_args=["-O3"],
        py_limited_api=True,
        define_macros=[("Py_LIMITED_API", "0x030B0000")],
        optional=True,
    )


setup(
    ext_modules=[
        optional("p2pchain.daemon._signature_pool", "p2pchain/daemon/_signature_pool.c"),
        optional("p2pchain.mining._search", "p2pchain/mining/_search.c", "p2pchain/mining/sha256.h"),
    ]
)
