# SPDX-License-Identifier: BSD-2-Clause
# Many hosts and one provider, simulated with the real flow machine: a small
# fleet in `make check`, all of it and the plot with `make fleet`.

check_PROGRAMS += tests/sim/fleet
tests_sim_fleet_SOURCES = tests/sim/fleet.c \
	tests/sim/events.c tests/sim/events.h \
	tests/sim/person.h tests/sim/provider.c \
	tests/sim/world.c tests/sim/world.h
# libpo_jose: what the rest of oauth is linked with
tests_sim_fleet_LDADD = libpo_oauth.la libpo_jose.la libpo_base.la
TESTS += tests/sim/test_fleet
EXTRA_DIST += tests/sim/plot tests/sim/test_fleet

.PHONY: fleet
fleet: tests/sim/fleet
	@'$(srcdir)/tests/sim/plot' tests/sim/fleet '$(srcdir)/docs/fleet.svg'
