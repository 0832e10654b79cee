# SPDX-License-Identifier: BSD-2-Clause
# Catalogues of what people see.  They are built in directories such as gettext
# wants below $(localedir), so that tests can use them where they are.

CATALOGUES = po/de.po po/es.po po/fr.po po/ja.po
EXTRA_DIST += $(CATALOGUES) po/POTFILES po/pam_oauth.pot scripts/update-po

if HAVE_MSGFMT
modedir = $(localedir)/de/LC_MESSAGES
moesdir = $(localedir)/es/LC_MESSAGES
mofrdir = $(localedir)/fr/LC_MESSAGES
mojadir = $(localedir)/ja/LC_MESSAGES
mode_DATA = po/de/LC_MESSAGES/pam_oauth.mo
moes_DATA = po/es/LC_MESSAGES/pam_oauth.mo
mofr_DATA = po/fr/LC_MESSAGES/pam_oauth.mo
moja_DATA = po/ja/LC_MESSAGES/pam_oauth.mo
$(mode_DATA): po/de.po
$(moes_DATA): po/es.po
$(mofr_DATA): po/fr.po
$(moja_DATA): po/ja.po
$(mode_DATA) $(moes_DATA) $(mofr_DATA) $(moja_DATA):
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
		$(MSGFMT) --check -o $@ '$(srcdir)/'$$(echo $@ | cut -d / -f 1,2).po
CLEANFILES += $(mode_DATA) $(moes_DATA) $(mofr_DATA) $(moja_DATA)
endif

# After a sentence has changed: see CONTRIBUTING.md.
.PHONY: update-po
update-po:
	'$(srcdir)/scripts/update-po'
