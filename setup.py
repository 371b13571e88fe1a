"""Builds the fast nonce search where a C compiler is at hand; without one, the same search in Python does."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "p2pchain.mining._search",
            sources=["p2pchain/mining/_search.c"],
            depends=["p2pchain/mining/sha256.h"],
            extra_compile_args=["-O3"],
            py_limited_api=True,
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            optional=True,
        )
    ]
)
