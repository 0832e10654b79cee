// SPDX-License-Identifier: BSD-2-Clause
// A1 to A15: which algorithm; which key, in selection.mjs.

import * as crypto from 'node:crypto';
import { CLIENT, ISSUER, NOW, claims, idToken, slug } from './cases.mjs';
import { ALGS, HONEST, b64, forge, forgeBy, jwk, jwks, keys, token } from
  './keys.mjs';
import { selection } from './selection.mjs';

const rs256 = { alg: 'RS256', kid: 'rsa' };
const nothing = () => Buffer.alloc(0);

function none(c, twin) {
  const a1 = (name, expect, changes) =>
    c.refuse('A1', `a1_${name}`, twin, expect, changes);
  const signature = twin.token.split('.')[2];
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\t',
    'non\u0435', '\uff4e\uff4f\uff4e\uff45', ''];

  for (const [i, alg] of spellings.entries()) {
    const bare = forge({ ...rs256, alg }, claims(), nothing);
    a1(`alg_none_with_empty_signature_${i}`, 'alg', { token: bare });
    a1(`alg_none_with_another_signature_${i}`, 'alg',
      { token: bare + signature });
  }
  a1('alg_none_with_nul', 'token-malformed',
    { token: forge({ ...rs256, alg: 'none\0' }, claims(), nothing) });
  for (const alg of ['none', 'RS256']) {
    const bare = forge({ ...rs256, alg }, claims(), nothing);
    a1(`${slug(alg)}_without_third_segment`, 'token-malformed',
      { token: bare.slice(0, -1) });
  }
  a1('signature_stripped', 'signature',
    { token: twin.token.slice(0, -signature.length) });
  for (const [i, text] of ['', '"alg":null,', '"alg":true,', '"alg":0,',
    '"alg":[],', '"alg":{},', '"alg":["RS256"],'].entries())
    a1(`alg_missing_or_no_string_${i}`, 'token-malformed', {
      token: forgeBy('RS256', keys.rsa, `{${text}"kid":"rsa"}`, claims()),
    });
  for (const [i, alg] of ['rs256', 'Rs256', 'RS-256', 'RS256 ', ' RS256',
    'RS256\n', '\uff32\uff33256', 'RS256,none'].entries())
    a1(`alg_almost_rs256_${i}`, 'alg', {
      token: forgeBy('RS256', keys.rsa, { ...rs256, alg }, claims()),
    });
}

// None of these can be switched on.
function configured(c, twin) {
  const named = c.accept('A1', 'a1_algorithms_by_name',
    { token: twin.token, policy: { algs: 'ES256 RS256' } });

  for (const [i, algs] of ['none', 'NONE', 'RS256 none', 'none RS256',
    ''].entries())
    c.refuse('A1', `a1_none_cannot_be_configured_${i}`, named, 'config',
      { policy: { algs } });
  for (const [i, algs] of ['RS1', 'RSA1_5', 'rs256', 'ES256K', 'HS1', 'Ed448',
    'RS256,ES256'].entries())
    c.refuse('A4', `a4_cannot_be_configured_${i}`, named, 'config',
      { policy: { algs } });
  c.refuse('A4', 'a4_alg_not_in_the_configured_list', named, 'alg',
    { policy: { algs: 'ES256 PS256' } });
}

// Everything that a public key can be written as, to be taken for a secret.
function* publicBytes(key) {
  const half = crypto.createPublicKey(key);
  const pem = half.export({ type: 'spki', format: 'pem' });
  const numbers = jwk(key);

  yield ['spki_pem', pem];
  yield ['spki_pem_without_newline', pem.trimEnd()];
  yield ['spki_pem_with_crlf', pem.replaceAll('\n', '\r\n')];
  yield ['spki_der', half.export({ type: 'spki', format: 'der' })];
  yield ['jwk', JSON.stringify(numbers)];
  for (const name of ['n', 'x'].filter((name) => name in numbers)) {
    yield [`${name}_bytes`, Buffer.from(numbers[name], 'base64url')];
    yield [`${name}_text`, numbers[name]];
  }
  if (key.asymmetricKeyType === 'rsa') {
    yield ['pkcs1_pem', half.export({ type: 'pkcs1', format: 'pem' })];
    yield ['pkcs1_der', half.export({ type: 'pkcs1', format: 'der' })];
  }
}

async function confusion(c, twin) {
  const secret = crypto.randomBytes(64);
  const policy = {
    algs: [...Object.keys(ALGS), 'HS256', 'HS384', 'HS512'].join(' '),
    client_secret: b64(secret),
  };
  const shared = {};

  for (const alg of ['HS256', 'HS384', 'HS512'])
    shared[alg] = c.accept('A2', `a2_${slug(alg)}_by_the_client_secret`,
      { token: await token({ alg }, claims(), secret), policy });
  for (const kid of ['rsa', 'es256', 'ed'])
    for (const [form, bytes] of publicBytes(keys[kid])) {
      const forged = forgeBy('HS256', bytes, { alg: 'HS256', kid }, claims());
      c.refuse('A2', `a2_hmac_with_${kid}_${form}`, twin, 'alg',
        { token: forged });
      c.refuse('A2', `a2_hmac_with_${kid}_${form}_where_hs256_is_named`,
        shared.HS256, 'signature', { token: forged });
    }
  for (const alg of ['HS384', 'HS512'])
    c.refuse('A2', `a2_${slug(alg)}_with_rsa_pem_where_it_is_named`,
      shared[alg], 'signature', {
        token: forgeBy(alg, [...publicBytes(keys.rsa)][0][1],
          { alg, kid: 'rsa' }, claims()),
      });
  c.refuse('A2', 'a2_hmac_with_the_key_set', shared.HS256, 'signature', {
    token: forgeBy('HS256', HONEST, { alg: 'HS256' }, claims()),
  });
  // a MAC in the place of a signature: as long as one of P-256
  const both = c.accept('A2', 'a2_es256_where_hs256_is_named',
    { token: await idToken(claims()), policy });
  c.refuse('A2', 'a2_mac_for_an_ecdsa_signature', both, 'signature', {
    token: forgeBy('HS512', secret, { alg: 'ES256', kid: 'es256' }, claims()),
  });
  c.refuse('A2', 'a2_mac_for_an_rsa_signature', both, 'signature', {
    token: forgeBy('HS256', secret, rs256, claims()),
  });
  c.refuse('A2', 'a2_signature_for_a_mac', shared.HS256, 'signature',
    { token: forgeBy('ES256', keys.es256, { alg: 'HS256' }, claims()) });
  return shared.HS256;
}

function emptyKeys(c, twin, shared) {
  for (const [name, key] of [['empty_key', ''],
    ['key_of_zeros', Buffer.alloc(32)], ['key_of_many_zeros',
      Buffer.alloc(64)], ['key_of_null', 'null'], ['key_undefined',
      'undefined']]) {
    const forged = forgeBy('HS256', key, { alg: 'HS256', kid: 'rsa' },
      claims());
    c.refuse('A3', `a3_hmac_with_${name}`, twin, 'alg', { token: forged });
    c.refuse('A3', `a3_hmac_with_${name}_where_hs256_is_named`, shared,
      'signature', { token: forged });
    c.refuse('A3', `a3_hmac_with_${name}_where_there_is_no_secret`, shared,
      'key-unusable', { token: forged, policy: { client_secret: undefined } });
    c.refuse('A3', `a3_hmac_with_${name}_where_the_secret_is_empty`, shared,
      'key-unusable', { token: forged, policy: { client_secret: '' } });
  }
  c.refuse('A3', 'a3_good_mac_where_there_is_no_secret', shared,
    'key-unusable', { policy: { client_secret: undefined } });
}

// Every algorithm with every key that it is not for, and every pair of
// algorithms of one key.
function families(c, honest) {
  const native = { rsa: 'RS256', es256: 'ES256', es384: 'ES384',
    es512: 'ES512', ed: 'EdDSA' };

  for (const [alg, own] of Object.entries(ALGS)) {
    const a4 = (name, expect, forged) =>
      c.refuse('A4', `a4_${slug(alg)}_${name}`, honest[alg], expect,
        { token: forged });
    for (const [kid, maths] of Object.entries(native))
      if (kid !== own)
        a4(`with_key_${kid}`, 'key-unusable',
          forgeBy(maths, keys[kid], { alg, kid }, claims()));
    for (const maths of ['RS1', ...Object.keys(ALGS)])
      if (own === 'rsa' && maths !== alg &&
          (maths === 'RS1' || ALGS[maths] === 'rsa'))
        a4(`by_${slug(maths)}`, 'signature',
          forgeBy(maths, keys.rsa, { alg, kid: own }, claims()));
    for (const digest of ['ES1', 'ES256', 'ES384', 'ES512'])
      if (own.startsWith('es') && digest !== alg)
        a4(`by_digest_of_${slug(digest)}`, 'signature',
          forgeBy(digest, keys[own], { alg, kid: own }, claims()));
  }
}

async function foreign(c, honest) {
  const k256 = jwk(keys.k256, { kid: 'k256', use: 'sig' });
  const set = jwks(...JSON.parse(HONEST).keys, k256);
  const twin = c.accept('A4', 'a4_es256_beside_a_secp256k1_key',
    { token: honest.ES256.token, jwks: set });

  c.refuse('A4', 'a4_es256k', twin, 'alg', {
    token: forgeBy('ES256', keys.k256, { alg: 'ES256K', kid: 'k256' },
      claims()),
  });
  c.refuse('A4', 'a4_es256_with_secp256k1_key', twin, 'key-unusable', {
    token: forgeBy('ES256', keys.k256, { alg: 'ES256', kid: 'k256' }, claims()),
  });
  for (const alg of ['RS1', 'RSA1_5', 'RSA-OAEP', 'SHA256withRSA', 'A128KW',
    'dir', 'PBES2-HS256+A128KW', 'ECDH-ES', 'ES256K', 'Ed448', 'HS1',
    'ML-DSA-65', 'ESP256'])
    c.refuse('A4', `a4_alg_${slug(alg)}`, honest.RS256, 'alg', {
      token: forgeBy('RS256', keys.rsa, { ...rs256, alg }, claims()),
    });
}

// The alg of a JWK says what that key is for.
function pinned(c, honest) {
  const pins = [
    ['RS256', 'RS256', ['PS256', 'RS512', 'HS256', 'RSA-OAEP', 'none', 'rs256',
      'ES256', '', 0, ['RS256']]],
    ['PS256', 'PS256', ['RS256']],
    ['ES256', 'ES256', ['ES384', 'EdDSA', 'ECDH-ES', 'ES256K']],
    ['EdDSA', 'EdDSA', ['ES256', 'Ed448', 'eddsa']],
    // two names of one algorithm (RFC 9864 2.2)
    ['Ed25519', 'EdDSA', ['ES256', 'Ed448', 'ed25519']],
  ];

  for (const [alg, good, bad] of pins) {
    const kid = ALGS[alg];
    const set = (pin) => jwks(jwk(keys[kid], { kid, alg: pin }));
    const twin = c.accept('A4', `a4_${slug(alg)}_with_key_for_it`,
      { token: honest[alg].token, jwks: set(good) });
    for (const [i, pin] of bad.entries())
      c.refuse('A4', `a4_${slug(alg)}_with_key_for_another_alg_${i}`, twin,
        'key-unusable', { jwks: set(pin) });
  }
}

// RFC 7518 3.2: as long as the hash, or it can be found by trying.
function weak(c) {
  for (const [alg, size] of [['HS256', 32], ['HS384', 48], ['HS512', 64]]) {
    const login = (secret) => ({
      token: forgeBy(alg, secret, { alg }, claims()),
      policy: { algs: alg, client_secret: b64(secret) },
    });
    const name = slug(alg);
    const twin = c.accept('A13', `a13_${name}_secret_as_long_as_the_hash`,
      login(crypto.randomBytes(size)));
    c.accept('A13', `a13_${name}_secret_longer_than_a_block`,
      login(crypto.randomBytes(200)));
    for (const [i, secret] of [crypto.randomBytes(size - 1),
      Buffer.from('secret'), Buffer.from('a')].entries())
      c.refuse('A13', `a13_${name}_weak_secret_${i}`, twin, 'key-unusable',
        login(secret));
    c.refuse('A13', `a13_${name}_where_only_public_keys_are_named`, twin, 'alg',
      { policy: { algs: 'RS256 ES256' } });
  }
}

// Signed by the same provider with the same key, for another purpose.
async function purposes(c) {
  const twin = c.accept('A14', 'a14_id_token',
    { token: await idToken(claims({ nonce: 'n1' })) });
  const a14 = async (name, expect, payload, header) =>
    c.refuse('A14', `a14_${name}`, twin, expect,
      { token: await idToken(payload, header) });

  for (const [i, typ] of ['at+jwt', 'application/at+jwt', 'AT+JWT',
    'logout+jwt', 'token-introspection+jwt', 'secevent+jwt', 'dpop+jwt',
    'oauth-authz-req+jwt', 'entity-statement+jwt', 'vc+sd-jwt', 'kb+jwt',
    'client-authentication+jwt', 'wallet-attestation+jwt'].entries())
    await a14(`typ_${slug(typ)}_${i}`, 'typ', claims(), { typ });
  for (const [i, members] of [{ typ: 'Bearer' }, { typ: 'Refresh' },
    { typ: 'Offline' }, { typ: 'Logout' }, { typ: 'Serialized-ID' },
    { typ: 1 }, { typ: null }, { token_use: 'access' },
    { token_use: 'refresh' },
    { token_use: ['id'] }, { type: 'access-token' },
    { type: 'oauth-access-token' }, { type: 'refresh-token' },
    { type: 'oauth-refresh-token' }, { tokenType: 'refresh-token' },
    { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
    { events: {} }, { events: null }].entries())
    await a14(`token_of_another_kind_${i}`, 'typ', claims(members));
  for (const [i, members] of [{ typ: 'ID' }, { typ: 'Id' },
    { token_use: 'id' }, { type: 'id-token' },
    { tokenType: 'id-token' }].entries())
    c.accept('A14', `a14_id_token_that_says_so_${i}`,
      { token: await idToken(claims(members)) });
  await a14('access_token', 'aud', claims({
    aud: 'https://api.example.com', client_id: CLIENT, scope: 'openid',
  }));
  await a14('userinfo_answer', 'exp',
    { iss: ISSUER, aud: CLIENT, sub: '248289761001', email: 'a@example.com' });
  await a14('authorization_response', 'sub',
    { iss: ISSUER, aud: CLIENT, exp: NOW + 300, code: 'c', state: 's' });
  await a14('request_object', 'iss',
    claims({ iss: CLIENT, aud: ISSUER, response_type: 'code' }));
  await a14('client_assertion', 'iss',
    { iss: CLIENT, sub: CLIENT, aud: ISSUER, exp: NOW + 60, iat: NOW });
  await a14('logout_token_without_exp', 'exp', claims({
    exp: undefined,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }));
  await a14('service_account', 'azp', claims({ azp: '1158201444' }));
  // whoever writes a pipeline chooses the audience of its token
  const asked = c.accept('A14', 'a14_id_token_with_the_nonce_asked_for', {
    token: twin.token,
    policy: { nonce: 'n1', nonce_required: true },
  });
  c.refuse('A14', 'a14_pipeline_token', asked, 'nonce', {
    token: await idToken(claims({
      sub: 'project_path:group/project:ref_type:branch:ref:main',
      pipeline_id: '1', job_id: '2', ref: 'main',
    })),
  });
}

export async function algorithms(c) {
  const honest = {};

  for (const [alg, kid] of Object.entries(ALGS))
    honest[alg] = c.accept('A4', `a4_honest_${slug(alg)}`,
      { token: await token({ alg, kid }, claims(), keys[kid]) });
  const twin = honest.RS256;

  none(c, twin);
  configured(c, twin);
  const shared = await confusion(c, twin);
  emptyKeys(c, twin, shared);
  families(c, honest);
  await foreign(c, honest);
  pinned(c, honest);
  weak(c);
  await purposes(c);
  await selection(c, honest, shared);
}
