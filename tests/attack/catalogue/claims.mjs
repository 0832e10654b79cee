// SPDX-License-Identifier: BSD-2-Clause
// E1 to E12: what a token that is well signed says.

import * as crypto from 'node:crypto';
import {
  CLIENT, ISSUER, NOW, claims, claimsText, honest, idToken, slug,
} from './cases.mjs';
import { b64, jwk, jwks, keys, token } from './keys.mjs';

const LEEWAY = 60; // seconds; jwt.h
const LIFETIME = 604800;

async function issuers(c, twin) {
  const refuse = async (name, iss) => c.refuse('E1', `e1_${name}`, twin, 'iss',
    { token: await idToken(claims({ iss })) });
  const almost = [`${ISSUER}/`, ISSUER.slice(0, -1), `${ISSUER}x`,
    `${ISSUER}/../other`, ISSUER.toUpperCase(),
    ISSUER.replace('https', 'HTTPS'), ISSUER.replace('https', 'http'),
    ISSUER.replace('sso.', 'SSO.'), ISSUER.replace('https://', ''),
    ISSUER.replace('https://', '//'), ISSUER.replace('.com', '.com:443'),
    ISSUER.replace('.com', '.com.'), ISSUER.replace('//', '//x@'),
    ISSUER.replace('.com', '.com@attacker.example'),
    ISSUER.replace('.com', '.com.attacker.example'),
    ISSUER.replace('realms', 'real%6ds'), ISSUER.replace('/realms', '//realms'),
    ISSUER.replace('/staff', '/./staff'), `${ISSUER}?`, `${ISSUER}#`,
    `${ISSUER}?realm=other`, ` ${ISSUER}`, `${ISSUER} `, `${ISSUER}\n`,
    'https://attacker.example/realms/staff', 'https://sso.example.com',
    'https', '', '*', 'https://sso.example.com/realms/{tenantid}',
    'https://sso.example.com/realms/*', `${ISSUER},https://attacker.example`,
    `${ISSUER} https://attacker.example`, 'sso.example.com/realms/staff'];

  for (const [i, iss] of almost.entries())
    await refuse(`iss_almost_equal_${i}`, iss);
  for (const [i, iss] of [undefined, null, 1, true, [ISSUER],
    [ISSUER, 'https://attacker.example'], { iss: ISSUER },
    { 0: ISSUER }].entries())
    await refuse(`iss_no_string_${i}`, iss);

  // a template is the administrator's to fill in
  const template = 'https://login.example.com/{tenantid}/v2.0';
  const literal = c.accept('E1', 'e1_issuer_with_braces_of_its_own', {
    token: await idToken(claims({ iss: template })),
    policy: { issuer: template },
  });
  for (const [i, iss] of ['https://login.example.com/9188040d/v2.0',
    'https://login.example.com//v2.0'].entries())
    c.refuse('E1', `e1_template_filled_in_by_the_token_${i}`, literal, 'iss',
      { token: await idToken(claims({ iss, tid: '9188040d' })) });
  // the second spelling that is configured, and no third
  const alias = 'https://accounts.example.com';
  const google = c.accept('E1', 'e1_configured_second_spelling', {
    token: await idToken(claims({ iss: 'accounts.example.com' })),
    policy: { issuer: alias, issuer_alias: 'accounts.example.com' },
  });
  for (const [i, iss] of [`${alias}/`, 'accounts.example.com/', ISSUER,
    'accounts.example.co', ''].entries())
    c.refuse('E1', `e1_third_spelling_${i}`, google, 'iss',
      { token: await idToken(claims({ iss })) });
  c.refuse('E1', 'e1_second_spelling_that_is_not_configured', google, 'iss',
    { policy: { issuer_alias: undefined } });
}

async function audiences(c, twin) {
  const bad = ['other', '', CLIENT.toUpperCase(), `${CLIENT} `, ` ${CLIENT}`,
    `${CLIENT}-2`, CLIENT.slice(1), CLIENT.slice(0, -1), `x${CLIENT}`,
    `${CLIENT},other`, `other ${CLIENT}`, `["${CLIENT}"]`, '*', ISSUER,
    `https://${CLIENT}/`, undefined, null, true, 1, [], [[]], [''],
    [[CLIENT]], ['other'], [1], [null], [CLIENT, 1], [CLIENT, null],
    [CLIENT, [CLIENT]], [1, CLIENT], [{ aud: CLIENT }], { aud: CLIENT },
    { [CLIENT]: true }, { 0: CLIENT, length: 1 }, [CLIENT.toUpperCase()],
    [`${CLIENT},other`], ['linux', 'login'], ['linux-', 'login']];

  for (const [i, aud] of bad.entries())
    c.refuse('E2', `e2_aud_that_is_not_us_${i}`, twin, 'aud',
      { token: await idToken(claims({ aud })) });
  const list = c.accept('E2', 'e2_aud_in_a_list',
    { token: await idToken(claims({ aud: [CLIENT] })) });
  c.refuse('E2', 'e2_list_with_another', list, 'azp',
    { token: await idToken(claims({ aud: [CLIENT, 'other'] })) });
  c.refuse('E2', 'e2_list_with_us_twice', list, 'azp',
    { token: await idToken(claims({ aud: [CLIENT, CLIENT] })) });
  c.refuse('E2', 'e2_configured_client_is_a_part_of_it', twin, 'aud',
    { policy: { client_id: 'linux' } });

  const several = { aud: ['api', CLIENT] };
  const azp = c.accept('E3', 'e3_several_audiences_and_azp',
    { token: await idToken(claims({ ...several, azp: CLIENT })) });
  const one = c.accept('E3', 'e3_azp_beside_one_audience',
    { token: await idToken(claims({ azp: CLIENT })) });
  for (const [i, value] of ['api', '', CLIENT.toUpperCase(), `${CLIENT} `,
    `${CLIENT},api`, null, 1, [CLIENT], { azp: CLIENT }].entries()) {
    c.refuse('E3', `e3_azp_that_is_not_us_${i}`, one, 'azp',
      { token: await idToken(claims({ azp: value })) });
    c.refuse('E3', `e3_azp_of_several_that_is_not_us_${i}`, azp, 'azp',
      { token: await idToken(claims({ ...several, azp: value })) });
  }
  c.refuse('E3', 'e3_several_audiences_and_no_azp', azp, 'azp',
    { token: await idToken(claims(several)) });
  // whoever shares the key could have made it (Core 3.1.3.7 8)
  const secret = crypto.randomBytes(32);
  const by = (aud) => token({ alg: 'HS256' },
    claims({ aud, azp: CLIENT }), secret);
  const mac = c.accept('E2', 'e2_shared_key_and_one_audience', {
    token: await by([CLIENT]),
    policy: { algs: 'HS256', client_secret: b64(secret) },
  });
  c.refuse('E2', 'e2_shared_key_and_several_audiences', mac, 'aud',
    { token: await by(['api', CLIENT]) });
}

async function subjects(c, twin) {
  for (const [i, sub] of [undefined, null, true, 1, 248289761001, [],
    ['248289761001'], {}, { sub: 'x' }, '', 'x'.repeat(256), 'x'.repeat(40000),
    '\u00e9'.repeat(128), 'a\nb', 'a\r\nb', 'x\n', '\n', 'a\tb', '\x1b[2J',
    'x\x7f', '\x01', 'a\u0085b', 'a\u009bb', 'x\u202ey', 'x\u2028y',
    '\ufeffx', 'a\u200bb', 'Zo\u00eb', 'r\u043e\u043et',
    'x\nresult=granted user=root'].entries())
    c.refuse('E4', `e4_sub_that_is_no_identifier_${i}`, twin, 'sub',
      { token: await idToken(claims({ sub })) });
  for (const [i, sub] of ['x'.repeat(255), 'X', 'a b', 'a:b', "'; --", ' ',
    'auth0|5f7c8ec7c33c6c004bbafe82', 'http://cilogon.org/serverA/users/1',
    '../../x', '$(id)'].entries())
    c.accept('E4', `e4_sub_in_any_form_${i}`,
      { token: await idToken(claims({ sub })) });
}

async function replays(c, twin) {
  const nonce = b64(crypto.randomBytes(16));
  const by = (value) => idToken(claims({ nonce: value }));
  const login = { nonce };
  const echoed = c.accept('E5', 'e5_nonce_echoed',
    { token: await by(nonce), policy: login });
  const required = c.accept('E5', 'e5_nonce_required_and_echoed',
    { token: echoed.token, policy: { ...login, nonce_required: true } });
  const bad = ['', b64(crypto.randomBytes(16)), nonce.slice(1), `${nonce} `,
    nonce.toLowerCase() === nonce ? nonce.toUpperCase() : nonce.toLowerCase(),
    `${nonce}${nonce}`, [nonce], { nonce }, null, 1, true];

  for (const [i, value] of bad.entries()) {
    c.refuse('E5', `e5_nonce_of_another_login_${i}`, echoed, 'nonce',
      { token: await by(value) });
    c.refuse('E5', `e5_nonce_of_another_login_where_required_${i}`, required,
      'nonce', { token: await by(value) });
  }
  c.refuse('E5', 'e5_nonce_missing_where_required', required, 'nonce',
    { token: await by(undefined) });
  // in the device grant most providers do not know of a nonce
  c.accept('E5', 'e5_nonce_missing_where_not_required',
    { token: twin.token, policy: login });

  // answers from before the question
  const start = NOW - 5;
  const fresh = c.accept('E5', 'e5_issued_during_this_login', {
    token: await idToken(claims({ iat: start })),
    policy: { flow_start: start },
  });
  c.accept('E5', 'e5_issued_before_it_within_the_leeway', {
    token: await idToken(claims({ iat: start - LEEWAY })),
    policy: { flow_start: start },
  });
  for (const earlier of [1, 60, 3600, 80000])
    c.refuse('E5', `e5_token_from_${earlier}_s_before_this_login`, fresh, 'iat',
      { token: await idToken(claims({ iat: start - LEEWAY - earlier })) });
}

// RFC 9700 4.6: the access token of somebody else, with one's own ID token.
async function injected(c) {
  const access = b64(crypto.randomBytes(32));
  const bytes = crypto.createHash('sha256').update(access).digest();
  const twin = c.accept('E6', 'e6_access_token_of_the_same_person', {
    token: await idToken(claims({ at_hash: b64(bytes.subarray(0, 16)) })),
    policy: { access_token: access },
  });

  c.refuse('E6', 'e6_access_token_of_another_person', twin, 'at-hash',
    { policy: { access_token: b64(crypto.randomBytes(32)) } });
  c.refuse('E6', 'e6_id_token_of_another_person', twin, 'at-hash', {
    token: await idToken(claims({ sub: 'other',
      at_hash: b64(crypto.randomBytes(16)) })),
  });
}

async function emails(c) {
  const by = (members) => idToken(claims(members));
  const mine = { email: 'alice@example.com', email_verified: true };
  const policy = {
    account: 'alice',
    username: '/email',
    username_match: '^([a-z]+)@example\\.com$',
  };
  const twin = c.accept('E7', 'e7_verified_address',
    { token: await by(mine), policy });
  const refuse = async (name, expect, members) =>
    c.refuse('E7', `e7_${name}`, twin, expect,
      { token: await by({ ...mine, ...members }) });

  for (const [i, email_verified] of [undefined, false, null, 'true', 'True',
    '1', 1, 0, 'yes', [], [true], {}, { verified: true }].entries())
    await refuse(`address_nobody_verified_${i}`, 'email-unverified',
      { email_verified });
  await refuse('verified_by_another_name', 'email-unverified',
    { email_verified: undefined, emailVerified: true, xms_edov: true });
  for (const [i, email] of ['alice@attacker.example',
    'alice@example.com.attacker.example', 'alice@example-com',
    'alice@exampleXcom', 'alice@EXAMPLE.com', 'alice@sub.example.com',
    'alice+root@example.com', 'alice@@example.com', 'x alice@example.com',
    'alice@attacker.example@example.com', 'alice', '@example.com',
    'alice@example.com ', '"alice"@example.com', 'alice(x)@example.com',
    '<alice@example.com>', 'alice@example.com,bob@example.com',
    'ALICE@example.com', 'alice@[192.0.2.1]'].entries())
    await refuse(`address_elsewhere_${i}`, 'username-unmatched', { email });
  for (const [i, email] of ['alice@ex\u0430mple.com', '\u0430lice@example.com',
    'alice@example\u3002com', 'alice@example.com\n',
    'alice@example.com\u200b', '\uff41lice@example.com', '',
    null, 1, ['alice@example.com'], { 0: 'alice@example.com' }].entries())
    await refuse(`address_that_looks_like_it_${i}`, 'claim-unsafe', { email });
  await refuse('no_address', 'claim-missing', { email: undefined });
  await refuse('address_of_another_person', 'other-person',
    { email: 'bob@example.com' });
}

async function tenants(c) {
  const common = 'https://login.example.com/9188040d/v2.0';
  const tenant = { iss: common, tid: '9188040d', hd: 'example.com' };
  const policy = {
    issuer: common,
    account: 'alice',
    require: ['/tid is 9188040d', '/hd is example.com'],
  };
  const by = (members) => idToken(claims({ ...tenant, ...members }));
  const twin = c.accept('E8', 'e8_person_of_our_tenant',
    { token: await by({}), policy });

  for (const [i, members] of [{ tid: 'f8cdef31' }, { tid: undefined },
    { tid: null }, { tid: '' }, { tid: ['9188040d'] }, { tid: '9188040D' },
    { tid: '9188040d ' }, { tid: { id: '9188040d' } }, { tid: 9188040 },
    { hd: 'attacker.example' }, { hd: undefined }, { hd: 'EXAMPLE.com' },
    { hd: 'example.com.attacker.example' }, { hd: true }].entries())
    c.refuse('E8', `e8_person_of_another_tenant_${i}`, twin, 'not-allowed',
      { token: await by(members) });
  for (const [i, iss] of ['https://login.example.com/f8cdef31/v2.0',
    'https://login.example.com/common/v2.0',
    'https://login.example.com/9188040d/'].entries())
    c.refuse('E8', `e8_issuer_of_another_tenant_${i}`, twin, 'iss',
      { token: await by({ iss }) });
  // one key set for all tenants, each key with its own
  const set = (issuer) => jwks(jwk(keys.es256, { kid: 'es256', issuer }));
  const own = c.accept('E8', 'e8_key_of_our_tenant',
    { token: twin.token, policy, jwks: set(common) });
  for (const [i, issuer] of ['https://login.example.com/f8cdef31/v2.0',
    'https://login.example.com/{tenantid}/v2.0'].entries())
    c.refuse('E8', `e8_key_of_another_tenant_${i}`, own, 'key-unusable',
      { jwks: set(issuer) });
}

async function groups(c) {
  const policy = (...require) => ({ account: 'alice', require });
  const by = (value) => idToken(claims(value === undefined ? {}
    : { groups: value }));
  const rule = '/groups has admin';
  const twin = c.accept('E9', 'e9_group_in_the_list',
    { token: await by(['x', 'admin']), policy: policy(rule) });
  const refuse = async (name, value, expect = 'not-allowed') =>
    c.refuse('E9', `e9_${name}`, twin, expect, { token: await by(value) });

  for (const [i, value] of ['admin', 'x,admin', 'x admin', '["admin"]', '',
    null, true, 1].entries())
    await refuse(`no_list_${i}`, value);
  await refuse('missing', undefined);
  await refuse('empty', []);
  for (const [i, name] of ['Admin', 'ADMIN', 'admin ', ' admin', '/admin',
    'admin/', 'admins', 'adm', 'x,admin', 'admin,x', 'CN=admin,OU=x',
    'x:admin', 'admin\n', '\u0430dmin', '\uff41dmin', 'admin\u200b',
    'adm\u0131n', 'realm/admin', '*', '%', '.*', '', null, 1, true, ['admin'],
    { name: 'admin' }, { admin: true }].entries())
    await refuse(`group_of_a_similar_name_${i}`, [name]);
  for (const [i, value] of [{ admin: null }, { admin: false }, { x: 'admin' },
    { x: { admin: true } }, { Admin: {} }, {}].entries())
    await refuse(`object_without_it_${i}`, value);
  c.accept('E9', 'e9_object_with_it',
    { token: await by({ admin: { org: 'x' } }), policy: policy(rule) });

  // said to be somewhere else: not the same as none
  const overage = async (name, members) =>
    c.refuse('E9', `e9_overage_${name}`, twin, 'groups-overage',
      { token: await idToken(claims(members)) });
  await overage('claim_names', { _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://graph.example.com/' } } });
  await overage('hasgroups', { hasgroups: true });
  await overage('src1', { 'groups:src1': 'link' });
  const path = c.accept('E9', 'e9_pointer_within', {
    token: await idToken(claims({ realm_access: { roles: ['admin'] } })),
    policy: policy('/realm_access/roles has admin'),
  });
  for (const [i, members] of [{ roles: ['admin'] },
    { 'realm_access/roles': ['admin'] }, { realm_access: ['admin'] },
    { realm_access: [{ roles: ['admin'] }] },
    { realm_access: { Roles: ['admin'] } },
    { realm_access: { roles: { roles: ['admin'] } } }].entries())
    c.refuse('E9', `e9_group_at_another_place_${i}`, path, 'not-allowed',
      { token: await idToken(claims(members)) });
  const every = c.accept('E9', 'e9_all_of_several', {
    token: await by(['a', 'b', 'c']),
    policy: policy('/groups has_all a b'),
  });
  for (const [i, value] of [['a'], ['b'], ['ab'], ['a b'], 'a b',
    ['a,b']].entries())
    c.refuse('E9', `e9_some_of_several_${i}`, every, 'not-allowed',
      { token: await by(value) });
  const both = c.accept('E9', 'e9_two_rules', {
    token: await by(['a', 'b']),
    policy: policy('/groups has a', '/groups has b'),
  });
  for (const [i, value] of [['a'], ['b']].entries())
    c.refuse('E9', `e9_one_of_two_rules_${i}`, both, 'not-allowed',
      { token: await by(value) });
}

// How the person signed in, where a rule asks.
async function methods(c) {
  const by = (members) => idToken(claims(members));
  const acr = c.accept('E10', 'e10_acr_that_is_asked_for', {
    token: await by({ acr: 'phr' }),
    policy: { account: 'alice', require: ['/acr is phr phrh'] },
  });
  for (const [i, value] of [undefined, null, '', '0', 'PHR', 'phr ', 'phr,x',
    'phr phrh', 'pwd', 1, true, ['phr'], { value: 'phr' }].entries())
    c.refuse('E10', `e10_acr_too_weak_${i}`, acr, 'not-allowed',
      { token: await by({ acr: value }) });
  const amr = c.accept('E10', 'e10_amr_that_is_asked_for', {
    token: await by({ amr: ['pwd', 'mfa'] }),
    policy: { account: 'alice', require: ['/amr has mfa'] },
  });
  for (const [i, value] of [undefined, null, [], ['pwd'], 'mfa', 'pwd,mfa',
    ['MFA'], ['no-mfa'], [['mfa']], { mfa: false }, [null],
    [true]].entries())
    c.refuse('E10', `e10_amr_too_weak_${i}`, amr, 'not-allowed',
      { token: await by({ amr: value }) });
}

// What was asked of the provider, and must be proved by the token.
async function strength(c) {
  const by = (acr) => idToken(claims({ acr }));
  const acr_values = 'phr urn:mace:incommon:iap:silver 2';
  const twin = c.accept('E10', 'e10_acr_of_the_first_word',
    { token: await by('phr'), policy: { acr_values } });

  c.accept('E10', 'e10_acr_of_another_word_of_the_list',
    { token: await by('urn:mace:incommon:iap:silver'), policy: twin.policy });
  c.accept('E10', 'e10_acr_that_is_a_string_of_digits',
    { token: await by('2'), policy: twin.policy });
  c.accept('E10', 'e10_acr_where_nothing_was_asked_for',
    { token: await by(['anything']) });
  c.refuse('E10', 'e10_acr_absent', twin, 'acr',
    { token: await by(undefined) });
  c.refuse('E10', 'e10_acr_none_of_the_words', twin, 'acr',
    { token: await by('pwd') });
  c.refuse('E10', 'e10_acr_of_different_case', twin, 'acr',
    { token: await by('PHR') });
  for (const [i, acr] of ['p', 'ph', 'phrh', 'xphr', 'hr', 'urn:mace',
    'urn:mace:incommon:iap:silver/', 'iap:silver'].entries())
    c.refuse('E10', `e10_acr_prefix_or_more_${i}`, twin, 'acr',
      { token: await by(acr) });
  for (const [i, acr] of ['', ' ', 'phr ', ' phr', 'phr 2', acr_values,
    'phr\t2', 'phr,2', 'phr\n', '\u0440hr', '*', 'null'].entries())
    c.refuse('E10', `e10_acr_almost_a_word_${i}`, twin, 'acr',
      { token: await by(acr) });
  for (const [i, acr] of [['phr'], ['phr', '2'], [], { phr: true },
    { value: 'phr' }, 2, 2.5, true, null].entries())
    c.refuse('E10', `e10_acr_no_string_${i}`, twin, 'acr',
      { token: await by(acr) });
  // whose value is right, in another place
  c.refuse('E10', 'e10_acr_among_the_methods', twin, 'acr',
    { token: await idToken(claims({ amr: ['phr'], acr_values: 'phr' })) });
}

async function ages(c) {
  const by = (auth_time) => idToken(claims({ auth_time }));
  const begun = NOW - 200; // they took their time to approve
  const policy = { max_age: 900, flow_start: begun };
  const late = begun - 900 - LEEWAY;
  const make = (members) => idToken(claims({ iat: NOW - 5, ...members }));
  const twin = c.accept('E10', 'e10_signed_in_for_this_login',
    { token: await make({ auth_time: NOW - 20 }), policy });
  const refuse = async (name, auth_time, login) =>
    c.refuse('E10', `e10_auth_time_${name}`, twin, 'auth-time',
      { token: await make({ auth_time }), ...login });

  // counted from the beginning of the login, not from its end
  const oldest = c.accept('E10', 'e10_auth_time_exactly_at_the_limit',
    { token: await make({ auth_time: late }), policy });
  c.refuse('E10', 'e10_auth_time_one_second_too_old', oldest, 'auth-time',
    { token: await make({ auth_time: late - 1 }) });
  c.refuse('E10', 'e10_auth_time_at_a_stricter_limit', oldest, 'auth-time',
    { policy: { max_age: 899 } });
  const newest = c.accept('E10', 'e10_auth_time_ahead_within_the_leeway',
    { token: await make({ auth_time: NOW + LEEWAY }), policy });
  c.refuse('E10', 'e10_auth_time_in_the_future', newest, 'auth-time',
    { token: await make({ auth_time: NOW + LEEWAY + 1 }) });
  // without a login's beginning, from the moment it is judged at
  const judged = c.accept('E10', 'e10_auth_time_at_the_limit_by_hand', {
    token: await make({ auth_time: NOW - 900 - LEEWAY }),
    policy: { max_age: 900 },
  });
  c.refuse('E10', 'e10_auth_time_too_old_by_hand', judged, 'auth-time',
    { token: await make({ auth_time: NOW - 900 - LEEWAY - 1 }) });
  c.accept('E10', 'e10_auth_time_with_a_fraction', {
    token: await make({ auth_time: NOW - 20.5 }),
    policy: { max_age: 900 },
  });
  c.accept('E10', 'e10_auth_time_where_nothing_was_asked_for',
    { token: await by('yesterday') });

  await refuse('absent', undefined);
  for (const [i, auth_time] of ['1699999980', `${NOW - 20}`, '', null, true,
    [], [NOW - 20], { time: NOW - 20 }, -0.5, -1, -(NOW - 20), 0, 1,
    (NOW - 20) * 1000, 2 ** 40, 2 ** 40 + 1, 2 ** 53, 1e300,
    -1e300].entries())
    await refuse(`no_time_of_ours_${i}`, auth_time);
  // as JSON has them, and JavaScript has not; some are the same number
  const written = (text) => honest({ alg: 'ES256', kid: 'es256' },
    claimsText({ auth_time: text }));
  for (const [i, text] of ['1.69999998e9', '1699999980.0',
    '1699999980e0'].entries())
    c.accept('E10', `e10_auth_time_written_otherwise_${i}`, {
      token: await written(text),
      payload: claimsText({ auth_time: text }),
      policy,
    });
  for (const [text, expect] of [['1e300', 'auth-time'],
    ['-1e300', 'auth-time'], ['1.69999998e19', 'auth-time'],
    ['9223372036854775807', 'auth-time'], ['-0', 'auth-time'],
    ['-9223372036854775808', 'auth-time'], ['1e400', 'claims'],
    ['9223372036854775808', 'claims'], ['18446744073709551615', 'claims']])
    c.refuse('E10', `e10_auth_time_written_${slug(text)}_of_${text.length}`,
      twin, expect, { token: await written(text) });
  // an old sign-in, dressed up by other claims
  c.refuse('E10', 'e10_auth_time_of_another_name', twin, 'auth-time', {
    token: await make({ authTime: NOW, 'auth-time': NOW, AUTH_TIME: NOW,
      amr: ['mfa'] }),
  });
}

async function times(c, twin) {
  const by = (members) => idToken(claims(members));
  const at = (name, expect, login) =>
    c.refuse('E11', `e11_${name}`, twin, expect, login);
  const edge = c.accept('E11', 'e11_expired_within_the_leeway',
    { token: await by({ exp: NOW - LEEWAY + 1 }) });

  c.refuse('E11', 'e11_expired_beyond_the_leeway', edge, 'exp',
    { token: await by({ exp: NOW - LEEWAY }) });
  at('expired_long_ago', 'exp',
    { token: await by({ exp: NOW - 86400, iat: NOW - 86700 }) });
  at('exp_missing', 'exp', { token: await by({ exp: undefined }) });
  at('iat_missing', 'iat', { token: await by({ iat: undefined }) });
  const full = c.accept('E11', 'e11_longest_life',
    { token: await by({ iat: NOW, exp: NOW + LIFETIME }) });
  for (const more of [1, 86400, 365 * 86400, 100 * 365 * 86400])
    c.refuse('E11', `e11_life_longer_by_${more}_s`, full, 'exp',
      { token: await by({ iat: NOW, exp: NOW + LIFETIME + more }) });
  c.refuse('E11', 'e11_issued_years_ago', full, 'exp',
    { token: await by({ iat: NOW - 3 * 365 * 86400 }) });
  const soon = c.accept('E11', 'e11_issued_in_the_future_within_the_leeway',
    { token: await by({ iat: NOW + LEEWAY }) });
  for (const more of [1, 3600, 86400])
    c.refuse('E11', `e11_issued_${more}_s_beyond_the_leeway`, soon, 'iat', {
      token: await by({ iat: NOW + LEEWAY + more, exp: NOW + 90000 }),
    });
  const ready = c.accept('E11', 'e11_not_before_within_the_leeway',
    { token: await by({ nbf: NOW + LEEWAY }) });
  for (const more of [1, 3600, 10 * 365 * 86400])
    c.refuse('E11', `e11_not_before_${more}_s_beyond_the_leeway`, ready, 'nbf',
      { token: await by({ nbf: NOW + LEEWAY + more }) });
  // this clock may be wrong, too, and that by as much as anybody likes
  for (const [name, now, expect] of [['an_hour_behind', NOW - 3600, 'iat'],
    ['an_hour_ahead', NOW + 3600, 'exp'], ['at_its_beginning', 0, 'iat'],
    ['at_its_end', Number.MAX_SAFE_INTEGER, 'exp']])
    at(`clock_${name}`, expect, { policy: { now } });
}

// Nothing in a token makes an account, or changes one.
async function wishes(c) {
  const wish = { uid: 0, gid: 0, uidNumber: 0, gidNumber: 0, home: '/root',
    shell: '/bin/sh', groups: ['root', 'wheel', 'sudo'], user: 'root',
    username: 'root', name: 'root', email: 'root@example.com', sudo: true,
    posix: { uid: 0, name: 'root' } };
  const token_ = await idToken(claims(wish));
  const own = c.accept('E12', 'e12_wishes_are_not_looked_at',
    { token: token_, policy: { account: 'alice', uid: 1000 } });

  c.refuse('E12', 'e12_asks_to_be_root', own, 'account-root',
    { policy: { account: 'root', uid: 0 } });
  c.refuse('E12', 'e12_asks_to_be_root_where_root_may_log_in', own,
    'other-person', { policy: {
      account: 'root', uid: 0, allow_root: true,
      map: 'root /sub is 248289761001-not-me\n',
    } });
  c.refuse('E12', 'e12_asks_to_be_another', own, 'other-person',
    { policy: { account: 'bob', uid: 1001 } });
  for (const uid of [0, 1, 999])
    c.refuse('E12', `e12_account_of_uid_${uid}`, own,
      uid === 0 ? 'account-root' : 'account-uid', { policy: { uid } });
}

export async function content(c) {
  const twin = c.accept('E1', 'e1_id_token',
    { token: await idToken(claims()) });

  await issuers(c, twin);
  await audiences(c, twin);
  await subjects(c, twin);
  await replays(c, twin);
  await injected(c);
  await emails(c);
  await tenants(c);
  await groups(c);
  await methods(c);
  await strength(c);
  await ages(c);
  await times(c, twin);
  await wishes(c);
}
