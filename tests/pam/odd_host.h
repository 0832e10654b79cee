/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PAM_ODD_HOST_H
#define TESTS_PAM_ODD_HOST_H

#include <stdbool.h>

/*
 * What applications do to themselves before they authenticate somebody:
 *
 *   sigchld=ignore|block   as it says; whoever starts us could have done it
 *   sigchld=handle         a handler that reaps whatever there is
 *   sigchld=thread         a thread that does, in waitpid(-1)
 *   child=start            a child process that stays; child=end: it has until
 *                          now, and ends as our child
 *   fork=loop              a thread that forks again and again; there always
 *                          is a child that has copies of all descriptors
 *   close=N                closes descriptor N; what we read and show goes on
 *                          elsewhere
 *   descriptors=N          opens as many, for children to inherit
 *
 * Whether `phase` is one of them; ends the process when it cannot be done.
 */
bool odd_host_phase(const char *phase);

#endif
