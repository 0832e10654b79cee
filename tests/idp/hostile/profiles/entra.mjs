// SPDX-License-Identifier: BSD-2-Clause
// Microsoft Entra ID, one tenant, a public client.

import { bare, groupsOf, only, profile, refusal } from './common.mjs';

const TENANT = '7d9f3a52-0c1e-4a8e-9f55-2b64d1c3a007';
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';
const LINUX_USERS = 'b3c1f0a4-6f5e-4d0b-8a52-91d7f2a4c0de';
const SUBJECTS = {
  alice: 'AAAAAAAAAAAAAAAAAAAAAMnQ3mJ9uT1Zb0y7Vx2kLcE',
  bob: 'AAAAAAAAAAAAAAAAAAAAAEw4hG8sKq0rPz5NdYf6uTo',
};

// 2, Entra: codes, times and identifiers; line breaks in the description
function trouble(code, text, more = {}) {
  const time = new Date().toISOString().replace(/T(.*)\..*/, ' $1Z');
  const trace = '01707a0c-640b-4049-8cbb-ee2304dc0700';
  const correlation = '78b0fdfc-dd0e-4dfb-b13a-d316333783f6';
  return {
    error_description: `AADSTS${code}: ${text}\r\nTrace ID: ${trace}\r\n`
      + `Correlation ID: ${correlation}\r\nTimestamp: ${time}`,
    error_codes: [code],
    timestamp: time,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...more,
  };
}

function refuseSecret() {
  const message = refusal(401, 'invalid_client');
  Object.assign(message.body, trouble(700025, 'Client is public so neither'
    + " 'client_assertion' nor 'client_secret' should be presented."));
  return message;
}

export const entra = profile({
  // 1.1: 900, 5, no complete URL. 1.2: keys without alg, with x5c and x5t.
  // 1.4: userinfo on graph.microsoft.com. A device_code is that long.
  flags: 'no_vuc+interval=5+expires=900+nonce_ignored+jwks_no_alg'
    + '+jwks_x5c_mismatch+other_port=userinfo+long_device_code=600',
  issuer: `/${TENANT}/v2.0`,
  at: {
    device: `${TENANT}/oauth2/v2.0/devicecode`,
    token: `${TENANT}/oauth2/v2.0/token`,
    jwks: `${TENANT}/discovery/v2.0/keys`,
    userinfo: 'oidc/userinfo',
  },
  document: { tenant_region_scope: 'EU', cloud_instance_name: 'x' },
  refuse: ({ basic, post }, endpoint) => (
    endpoint === 'token' && (basic || post) ? refuseSecret() : undefined),
  device(body) {
    body.user_code = `${bare(body.user_code)}9`;
    body.verification_uri = 'https://microsoft.com/devicelogin';
    body.message = 'To sign in, use a web browser to open the page'
      + ` ${body.verification_uri} and enter the code ${body.user_code} to`
      + ' authenticate.';
  },
  // 0.13, 1.1: its own name for a denial
  errors: () => ({
    pending: [400, trouble(70016, 'OAuth 2.0 device flow error.'
      + ' Authorization is pending. Continue polling.')],
    denied: [400, trouble(65004, 'User declined to consent.',
      { error: 'authorization_declined' })],
    expired: [400, trouble(70020, 'The provided value for the input'
      + " parameter 'device_code' is not valid. This code has expired.")],
    invalid: [400, trouble(70019, 'The verification code is not valid.',
      { error: 'bad_verification_code' })],
  }),
  // 1.3: oid and tid; groups are GUIDs. 1.2: no azp; no at_hash either
  claims(name, { iat }) {
    const both = {
      sub: SUBJECTS[name],
      name: `${name} Example`,
      email: `${name}@contoso.example`,
    };
    return [{
      ...both,
      at_hash: undefined,
      nbf: iat,
      exp: iat + 3900,
      aio: 'ATQAy/8RAAAA',
      groups: groupsOf(name, '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
        LINUX_USERS),
      oid: '4460af80-1de2-43a5-9a0c-6a0c57066c78',
      preferred_username: `${name}@contoso.example`,
      rh: '0.AQ4A',
      tid: TENANT,
      uti: 'x3B5rZ',
      ver: '2.0',
    }, both];
  },
  hooks: {
    // 1.2: issuer in each key; those of personal accounts beside them
    jwks(set, { server, base }) {
      only('RS256')(set);
      set.keys[0].issuer = `${base}/${TENANT}/v2.0`;
      set.keys.unshift({
        ...server.keys.rotated.jwk,
        issuer: `${base}/${CONSUMERS}/v2.0`,
      });
    },
    tokens(body) {
      Object.assign(body, {
        expires_in: 4021, ext_expires_in: 4021, scope: 'email openid profile',
      });
    },
  },
});

// 1.2: found under a name of the tenant, the document has the GUID
entra.paths['contoso.example/v2.0/.well-known/openid-configuration']
  = 'metadata';
