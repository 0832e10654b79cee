# SPDX-License-Identifier: BSD-2-Clause
# Fault injection: every call of a login fails once.

FAULT_SOURCES = tests/fault/driver.c tests/fault/driver.h \
	tests/fault/verdict.c tests/fault/verdict.h \
	tests/fault/fault.c tests/fault/fault.h tests/fault/starve.h \
	tests/fault/wrap_libc.c tests/fault/wrap_process.c
FAULT_LINK = $(AM_LDFLAGS) -Wl,@$(srcdir)/tests/fault/wrapped.ld

check_PROGRAMS += tests/fault/login_helper
TESTS += tests/fault/login_helper
tests_fault_login_helper_SOURCES = tests/fault/login_helper.c \
	tests/fault/fake_curl.c tests/fault/fake_curl.h \
	tests/fault/provider.c tests/fault/provider.h \
	tests/fault/wrap_cache.c tests/fault/wrap_cache.h \
	tests/fault/wrap_crypto.c tests/fault/wrap_libs.c \
	tests/fault/wrap_sandbox.c \
	tests/fault/wrap_system.c tests/fault/wrap_system.h $(FAULT_SOURCES)
tests_fault_login_helper_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/attack \
	-I$(srcdir)/tests/unit
tests_fault_login_helper_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) \
	$(CRYPTO_CFLAGS) $(JSON_CFLAGS) $(INIH_CFLAGS) $(QR_CFLAGS) \
	$(SECCOMP_CFLAGS)
tests_fault_login_helper_LDFLAGS = $(FAULT_LINK) \
	-Wl,@$(srcdir)/tests/fault/places_helper.ld
tests_fault_login_helper_LDADD = libforge.la $(TEST_LIBS) libpo_module.la \
	$(CURL_LIBS) $(CRYPTO_LIBS) $(JSON_LIBS) $(INIH_LIBS) $(QR_LIBS) \
	$(SECCOMP_LIBS)

# The same once more: every allocation, the libraries' own, too.
check_PROGRAMS += tests/fault/login_starved
TESTS += tests/fault/login_starved
tests_fault_login_starved_SOURCES = $(tests_fault_login_helper_SOURCES) \
	tests/fault/starve.c
tests_fault_login_starved_CPPFLAGS = $(tests_fault_login_helper_CPPFLAGS)
tests_fault_login_starved_CFLAGS = $(tests_fault_login_helper_CFLAGS)
tests_fault_login_starved_LDFLAGS = $(tests_fault_login_helper_LDFLAGS)
tests_fault_login_starved_LDADD = $(tests_fault_login_helper_LDADD)

check_PROGRAMS += tests/fault/login_module
TESTS += tests/fault/login_module
# Its helper is the program itself.
tests_fault_login_module_SOURCES = tests/fault/login_module.c \
	tests/fault/fake_pam.c tests/fault/fake_pam.h \
	tests/pam/fake_helper_path.c $(FAULT_SOURCES)
tests_fault_login_module_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPO_FAKE_HELPER='"$(abs_builddir)/tests/fault/login_module"'
tests_fault_login_module_LDFLAGS = $(FAULT_LINK) \
	-Wl,@$(srcdir)/tests/fault/places_module.ld
tests_fault_login_module_LDADD = $(MODULE_LIBS)

TESTS += tests/fault/complete tests/fault/valgrind
EXTRA_DIST += tests/fault/complete tests/fault/harmless \
	tests/fault/places_helper.ld tests/fault/places_module.ld \
	tests/fault/valgrind tests/fault/valgrind.supp tests/fault/wrapped.ld
