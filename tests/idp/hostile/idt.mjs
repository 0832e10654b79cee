// SPDX-License-Identifier: BSD-2-Clause
// Flags of ID tokens, access tokens and userinfo, the forgeries among them.

import { person } from './endpoints.mjs';
import { answer } from './http.mjs';
import {
  b64, compactJwe, compactJws, leftHalf, publicPem,
} from './jose.mjs';

const OTHER = 'somebody-else';
const PERSONAL = ['name', 'preferred_username', 'email', 'email_verified',
  'groups'];

const claimsOnly = (change) => ({ claims: change });

// Signed with another key of the provider's.
const withAlg = (name, alg = name) => ({
  signing(signing, client) {
    signing.key = client.server.keys[name];
    signing.header.alg = alg;
    signing.header.kid = signing.key.kid;
  },
});

// The claims come from both places, so a change of them must too.
const everywhere = (change) => ({
  claims: change,
  userinfo(message, client) { change(message.body, client); },
});

const changePart = (token, index, change) => token.split('.')
  .map((part, i) => (i === index ? change(part) : part)).join('.');

function flipBit(part) {
  const bytes = Buffer.from(part, 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  return b64(bytes);
}

export const idt = {
  thin_idt: claimsOnly((claims, client) => {
    const one = client.flags.text('thin_idt');
    for (const name of one ? [one] : PERSONAL) delete claims[name];
  }),
  userinfo_sub_mismatch: {
    userinfo(message) { message.body.sub = '591007342118'; },
  },
  userinfo_no_sub: { userinfo(message) { delete message.body.sub; } },
  userinfo_status: {
    userinfo(message, client) {
      message.status = client.flags.number('userinfo_status', 401);
    },
  },
  userinfo_other_name: {
    userinfo(message) { message.body.preferred_username = 'root'; },
  },
  userinfo_jwt: {
    userinfo(message, client) {
      const key = client.server.keys.RS256;
      const how = client.flags.text('userinfo_jwt');
      const claims = {
        ...person(client),
        iss: how === 'other_iss' ? 'https://other.example' : client.base,
        aud: how === 'other_aud' ? OTHER : client.id,
      };
      const token = compactJws({ alg: 'RS256', kid: key.kid }, claims, key);
      return answer(200, token, [['Content-Type', 'application/jwt']]);
    },
  },
  no_userinfo: { metadata(doc) { delete doc.userinfo_endpoint; } },
  auth_methods: {
    metadata(doc, client) {
      doc.token_endpoint_auth_methods_supported = [
        client.flags.text('auth_methods'),
      ];
    },
  },

  aud_array: claimsOnly((claims, client) => {
    const how = client.flags.text('aud_array');
    claims.aud = how === 'one' ? [client.id] : [OTHER, client.id];
    if (how !== 'no_azp') claims.azp = client.id;
  }),
  azp_other: claimsOnly((claims) => { claims.azp = OTHER; }),
  iss_slash: {
    metadata(doc, client) {
      if (client.flags.text('iss_slash') !== 'token') doc.issuer += '/';
    },
    claims(claims, client) {
      if (client.flags.text('iss_slash') !== 'metadata') claims.iss += '/';
    },
  },
  iss_template: {
    metadata(doc) {
      doc.issuer = doc.issuer.replace(/[^/]+$/, '{tenantid}');
    },
  },
  iss_no_scheme: claimsOnly((claims) => {
    claims.iss = claims.iss.replace('https://', '');
  }),

  at_as_idt: {
    claims(claims, client, grant) {
      if (client.flags.text('at_as_idt') === 'keycloak') claims.typ = 'Bearer';
      // undefined: it cannot have its own hash in it
      Object.assign(claims, {
        client_id: client.id, scope: grant.scope, at_hash: undefined,
      });
    },
    signing({ header }, client) {
      const kind = client.flags.text('at_as_idt', 'rfc');
      if (kind === 'rfc') header.typ = 'at+jwt'; // RFC 9068 2.1
    },
    tokens(body, client) {
      body.access_token = body.id_token;
      client.accessTokens.add(body.access_token);
    },
  },
  groups_overage: everywhere((claims, client) => {
    delete claims.groups;
    if (client.flags.text('groups_overage') === 'hasgroups') {
      claims.hasgroups = true;
    } else {
      claims._claim_names = { groups: 'src1' };
      claims._claim_sources = {
        src1: { endpoint: 'https://graph.example/getMemberObjects' },
      };
    }
  }),
  groups_object: everywhere((claims) => {
    claims.groups = Object.fromEntries(claims.groups.map(
      (name) => [name, { 100200300: 'example.com' }]));
    claims['urn:zitadel:iam:org:project:roles'] = claims.groups;
  }),
  claim_key_url: everywhere((claims) => {
    claims['https://acme.example/groups'] = claims.groups;
    delete claims.groups;
  }),
  email_verified_string: everywhere((claims) => {
    claims.email_verified = 'true';
  }),
  email_unverified: everywhere((claims) => { claims.email_verified = false; }),

  idt_none: {
    signing({ header }, client) {
      header.alg = client.flags.text('idt_none', 'none');
      delete header.kid;
    },
  },
  idt_bad_signature: { idt: (token) => changePart(token, 2, flipBit) },
  idt_unsigned_empty: { idt: (token) => changePart(token, 2, () => '') },
  idt_two_parts: { idt: (token) => token.replace(/\.[^.]*$/, '') },
  idt_other_key: {
    signing(signing, client) {
      signing.key = client.server.keys.foreign;
      if (client.flags.text('idt_other_key') === 'kid') {
        signing.header.kid = signing.key.kid;
      }
    },
  },
  idt_embedded_key: {
    signing(signing, client) {
      const { foreign } = client.server.keys;
      signing.key = foreign;
      signing.header.kid = foreign.kid;
      const kind = client.flags.text('idt_embedded_key', 'jwk');
      signing.header[kind] = {
        jwk: foreign.jwk,
        jku: `${client.base}/stolen`,
        x5c: [client.server.certificate],
      }[kind];
    },
  },
  idt_expired: claimsOnly((claims) => {
    claims.iat -= 7200;
    claims.exp -= 7200;
  }),
  idt_lifetime: claimsOnly((claims, client) => {
    claims.exp = claims.iat + client.flags.number('idt_lifetime');
  }),
  idt_wrong_aud: claimsOnly((claims) => { claims.aud = OTHER; }),
  idt_wrong_iss: claimsOnly((claims, client) => {
    claims.iss = client.base.replace(/[^/]+$/, OTHER);
  }),
  idt_replayed: claimsOnly((claims, client) => {
    const age = client.flags.number('idt_replayed', 3600);
    claims.iat -= age;
    claims.exp = claims.iat + 36000;
    if (claims.nonce) claims.nonce = 'f'.repeat(claims.nonce.length);
  }),
  idt_wrong_nonce: claimsOnly((claims) => { claims.nonce = 'f'.repeat(32); }),
  idt_wrong_at_hash: claimsOnly((claims) => {
    claims.at_hash = leftHalf('RS256', OTHER);
  }),
  // how and when somebody signed in
  acr: claimsOnly((claims, client) => {
    claims.acr = client.flags.text('acr');
  }),
  acr_list: claimsOnly((claims, client) => {
    claims.acr = [client.flags.text('acr_list')];
  }),
  auth_time: claimsOnly((claims, client) => {
    claims.auth_time = claims.iat - client.flags.number('auth_time', 0);
  }),
  auth_time_string: claimsOnly((claims) => {
    claims.auth_time = String(claims.iat);
  }),
  sign_in_in_userinfo: {
    userinfo(message, client) {
      message.body.acr = client.flags.text('sign_in_in_userinfo');
      message.body.auth_time = Math.floor(Date.now() / 1000);
    },
  },
  metadata_of_other: {
    metadata(doc, client) { doc.issuer = `${client.server.issuer}/plain`; },
    claims(claims, client) { claims.iss = `${client.server.issuer}/plain`; },
  },
  no_id_token: { tokens(body) { delete body.id_token; } },

  idt_hs256: {
    signing(signing, client) {
      const { keys, secret } = client.server;
      signing.header.alg = 'HS256';
      if (client.flags.text('idt_hs256') === 'public_key') {
        signing.key = publicPem(keys.RS256); // CVE-2016-5431 and its kin
      } else {
        signing.key = secret;
        delete signing.header.kid;
      }
    },
  },
  idt_es256: withAlg('ES256'),
  idt_es384: withAlg('ES384'),
  idt_es512: withAlg('ES512'),
  idt_ps256: withAlg('PS256'),
  idt_eddsa: withAlg('EdDSA'),
  idt_ed25519_algname: {
    ...withAlg('EdDSA', 'Ed25519'),
    jwks(set) {
      for (const key of set.keys) {
        if (key.alg === 'EdDSA') key.alg = 'Ed25519';
      }
    },
  },
  idt_jwe: {
    idt: (token, client) => compactJwe(
      { cty: 'JWT' }, token, client.server.keys.client.publicKey),
  },
  idt_unsigned_jwe: {
    idt: (token, client) => compactJwe(
      {}, Buffer.from(token.split('.')[1], 'base64url'),
      client.server.keys.client.publicKey),
  },
  idt_duplicate_claim: {
    idt(token, client) {
      const { RS256 } = client.server.keys;
      const [header, claims] = token.split('.')
        .map((part) => Buffer.from(part, 'base64url').toString());
      return compactJws(JSON.parse(header),
        claims.replace('{', '{"preferred_username":"root",'), RS256);
    },
  },
};
