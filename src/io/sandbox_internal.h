/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_SANDBOX_INTERNAL_H
#define PO_IO_SANDBOX_INTERNAL_H

#include <stdbool.h>

#include "io/sandbox.h"

/*
 * Whether this build is for tests with a sanitizer, which needs address space
 * and system calls of its own.  Decided when it is compiled, and by nothing
 * else.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PO_SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define PO_SANDBOX_SANITIZED 1
#endif
#endif
#ifndef PO_SANDBOX_SANITIZED
#define PO_SANDBOX_SANITIZED 0
#endif
extern const bool po_sandbox_is_sanitized;

/* Files and ports, by Landlock. */
PO_MUST_USE
enum po_status po_sandbox_files(
    const struct po_sandbox *sandbox, struct po_err *err);

/* System calls, by seccomp.  The last step: much of the rest needs them. */
PO_MUST_USE
enum po_status po_sandbox_calls(
    const struct po_sandbox *sandbox, struct po_err *err);

#endif
