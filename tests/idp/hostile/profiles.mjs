// SPDX-License-Identifier: BSD-2-Clause
// Real providers as sets of flags, with what no flag says as hooks of their
// own (endpoints.mjs has the stages), and with their own paths. A client_id
// says "profile=NAME"; further flags in it come before these.
//
// Numbers in the files say where a quirk was read, in the project's notes on
// providers: 0 (facts), 1.1 (device flow), 1.2 (tokens, keys, issuers), 1.3
// (identity, groups), 1.4 (extras), 2 (notes). Nobody at these providers is
// asked: what changes there is only found by trying.

import { auth0 } from './profiles/auth0.mjs';
import { authelia } from './profiles/authelia.mjs';
import { authentik } from './profiles/authentik.mjs';
import { casdoor } from './profiles/casdoor.mjs';
import { dex, dex_2_43 } from './profiles/dex.mjs';
import { entra } from './profiles/entra.mjs';
import { github } from './profiles/github.mjs';
import { gitlab } from './profiles/gitlab.mjs';
import { glewlwyd } from './profiles/glewlwyd.mjs';
import { google } from './profiles/google.mjs';
import { hydra } from './profiles/hydra.mjs';
import { indigo } from './profiles/indigo.mjs';
import { keycloak } from './profiles/keycloak.mjs';
import { okta } from './profiles/okta.mjs';
import { rauthy } from './profiles/rauthy.mjs';
import { zitadel } from './profiles/zitadel.mjs';

export const profiles = {
  auth0,
  authelia,
  authentik,
  casdoor,
  dex,
  dex_2_43,
  entra,
  github,
  gitlab,
  glewlwyd,
  google,
  hydra,
  indigo,
  keycloak,
  okta,
  rauthy,
  zitadel,
};
