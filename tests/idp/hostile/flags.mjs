// SPDX-License-Identifier: BSD-2-Clause
// The flags of the hostile provider: a client_id is flags joined with "+",
// each NAME or NAME=VALUE, and perhaps ".TAG" behind, which means nothing and
// makes the client another one: "no_interval+status_pending=401.7".
//
// What a flag does stands in the module of its group, under its name.

export const FLAGS = {
  // --- what happens (a login without any flag is pending once, then granted)
  script: {
    plain: 'nothing in particular',
    approve_after: 'N polls are pending (1), then it is approved',
    deny_after: 'N polls are pending (1), then it is denied',
    expire_after: 'N polls are pending (1), then the code has expired',
    approve_code: 'only the Nth code (2) is approved; without expire_after'
      + ' nobody looks at those before',
    never: 'nobody ever approves',
    interval: 'the interval in the device answer, seconds (1)',
    interval_ms: 'the same in milliseconds, for impatient tests of this',
    expires: 'expires_in of the device answer, seconds (300)',
    deadline: 'a request later than that many seconds is a violation',
    user: 'preferred_username and e-mail of whoever approves (alice)',
    other_person: 'bob approves, whoever was asked for',
    secret_basic: 'confidential: the secret comes in the header',
    secret_post: 'confidential: the secret comes in the body',
    nonce_ignored: 'the ID token does not repeat the nonce',
    profile: 'flags and hooks of profiles.mjs',
    times: 'of what comes instead of a proper answer, and of the faults of'
      + ' the wire: only the first N answers of an endpoint',
  },

  // --- the device endpoint
  device: {
    ciba: 'CIBA instead of the device grant: the device endpoint is the'
      + ' backchannel authentication endpoint; =push: with tokens in its'
      + ' answer; =ping: not to poll for, and the device grant beside it',
    verification_url: 'verification_url(_complete) instead of _uri (Google)',
    no_vuc: 'no verification_uri_complete (Entra, GitHub)',
    no_interval: 'no interval: the client must take 5 s (RFC 8628 3.2)',
    no_expires: 'no expires_in (INDIGO IAM)',
    interval_string: 'interval and expires_in are strings',
    interval_null: 'interval is null',
    interval_zero: 'interval is 0',
    long_device_code: 'a device_code of N characters (4096)',
    device_error: 'the device request is refused with error VALUE',
    device_status: 'HTTP status N of device_error (400)',
    user_code_escape: 'terminal escapes in user_code',
  },

  // --- polling
  token: {
    status_pending: 'HTTP status N of every error that is not final',
    status_error: 'HTTP status N of every final error',
    form_encoded: 'form-encoded answers unless Accept asks for JSON'
      + ' (GitHub); =always: in any case',
    slow_down_every_n: 'every Nth poll (2) that is pending is a slow_down',
    slow_down_interval_field: 'slow_down names an interval of N s (GitHub)',
    rauthy_three_strikes: 'the third poll that is too early loses the code',
    expired_once_then_invalid_grant: 'expired_token once, then'
      + ' invalid_grant (Auth0); =N: only of the first N codes',
    deny_silent: 'a denial is never told; once expired: invalid_grant',
    deny_as_expired: 'a denial is told as expired_token (Rauthy)',
    deny_alias: 'a denial is told as error VALUE (authorization_declined)',
    html_error: 'an HTML page with status N (502) from the token endpoint',
    empty_404: 'an empty answer with status 404; =ENDPOINT,... (token)',
    '429_retry_after': 'status 429 with Retry-After: N (3) to a poll',
    slow_down_retry_after: 'the same with error slow_down',
    busy: 'status 429 to every second poll, the first included;'
      + ' with Retry-After if there is a number',
    server_error: 'error server_error with status 500 to a poll',
    ok_false_200: '200 {"ok": false, "error": ...} (Slack, Casdoor);'
      + ' =ENDPOINT,... (token)',
    '200_without_token': '200 with neither access_token nor error (Casdoor)',
    crlf_description: 'line breaks and escapes in error_description (Entra)',
    unknown_error: 'error VALUE (no_such_error) to a poll: it is final',
    token_reuse: 'the same answer to every poll after approval (Dex)',
    token_type: 'token_type is VALUE (DPoP)',
    no_token_type: 'no token_type',
    token_size: 'a token answer of N bytes (65537) in all',
    both: 'an access_token and an error in one answer',
  },

  // --- claims and tokens
  idt: {
    thin_idt: 'the ID token has no claims about the person, or not CLAIM;'
      + ' userinfo has',
    userinfo_sub_mismatch: 'userinfo is about somebody else',
    userinfo_no_sub: 'userinfo has no sub',
    userinfo_jwt: 'userinfo is a signed JWT (application/jwt); =other_iss,'
      + ' =other_aud: for others',
    userinfo_status: 'userinfo has status N (401)',
    userinfo_other_name: 'userinfo contradicts the ID token',
    no_userinfo: 'no userinfo_endpoint',
    auth_methods: 'the metadata list client authentication by VALUE alone',
    aud_array: 'aud is a list, azp is there; =no_azp; =one: of one',
    azp_other: 'azp is another client',
    iss_slash: 'the issuer ends with a slash, in metadata and tokens;'
      + ' =metadata, =token: only there',
    iss_template: 'the issuer in the metadata has {tenantid} (Entra)',
    iss_no_scheme: 'iss has no https:// (Google)',
    at_as_idt: 'the access token as ID token: typ at+jwt; =keycloak, =rfc',
    groups_overage: '_claim_names instead of groups (Entra);'
      + ' =hasgroups: that',
    groups_object: 'groups and roles are objects keyed by name (Zitadel)',
    claim_key_url: 'groups in https://acme.example/groups (Auth0)',
    email_verified_string: 'email_verified is "true" (Apple, Cognito)',
    email_unverified: 'email_verified is false',
    idt_none: 'alg none, no signature; =VALUE: spelt like that',
    idt_bad_signature: 'one bit of the signature is wrong',
    idt_unsigned_empty: 'alg RS256, empty signature',
    idt_two_parts: 'no third part at all',
    idt_other_key: "a key that is not the provider's, with its kid;"
      + ' =kid: with a kid of its own',
    idt_embedded_key: 'the key is in the header (jwk); =jku, =x5c: there',
    idt_expired: 'exp is in the past',
    idt_lifetime: 'exp is N s behind iat',
    idt_wrong_aud: 'issued to another client',
    idt_wrong_iss: 'issued by another provider',
    idt_replayed: 'the ID token of a login N s (3600) ago;'
      + ' its nonce if there is one',
    idt_wrong_nonce: 'the nonce of another login',
    idt_wrong_at_hash: 'at_hash of another access token',
    acr: 'acr is VALUE',
    acr_list: 'acr is an array with VALUE in it',
    auth_time: 'the person signed in N s ago',
    auth_time_string: '... and the number is a string',
    sign_in_in_userinfo: 'acr (VALUE) and auth_time (now) are in userinfo',
    metadata_of_other: 'metadata name another issuer, whose tokens come',
    no_id_token: 'no id_token',
    idt_hs256: 'HS256 with the client secret; =public_key: with the PEM',
    idt_es256: 'ES256',
    idt_es384: 'ES384',
    idt_es512: 'ES512',
    idt_ps256: 'PS256',
    idt_eddsa: 'EdDSA',
    idt_ed25519_algname: 'alg is Ed25519 (RFC 9864)',
    idt_jwe: 'signed, then encrypted (RSA-OAEP, A256GCM) to client.pem',
    idt_unsigned_jwe: 'claims in a JWE, no signature anywhere',
    idt_duplicate_claim: 'preferred_username twice',
  },

  // --- the key set
  keys: {
    jwks_null_members: 'explicit nulls in every key',
    jwks_no_alg: 'no alg (Entra)',
    jwks_no_kid_single: 'one key, and no kid anywhere',
    jwks_no_kid: 'all keys, and no kid anywhere',
    jwks_dup_kid: 'another key with the same kid comes first',
    jwks_enc_key_first: 'an encryption key comes first (Keycloak);'
      + ' =kid: with the same kid',
    jwks_x5c_mismatch: 'x5c holds the certificate of another key',
    jwks_key_issuer: "keys name VALUE's issuer: ours, other (Entra)",
    jwks_huge: 'a key set of N bytes (1048577)',
    jwks_10000_keys: '9,999 other keys come first',
    jwks_unknown_kty: 'keys of kty AKP and crv X448 come first',
    jwks_oct: 'a symmetric key with the same kid comes first;'
      + ' =sign: and the ID token is signed with it (HS256)',
    jwks_rotated_mid_poll: 'the key set changes with the approval',
    jwks_rotated_same_kid: 'it changes, the kid stays',
    jwks_empty: 'no keys',
    jwks_error: 'HTTP status N (500)',
  },

  // --- the wire: each =ENDPOINT,... of metadata, device, token, jwks,
  // userinfo, or =all
  wire: {
    truncated: 'Content-Length is larger than what comes, then close',
    chunk_too_big: 'a chunk is announced that does not come',
    chunk_garbage: 'a chunk size that is no number',
    chunk_negative: 'a chunk of size -1',
    chunk_huge: 'a chunk of size 2^64 + 5',
    header_flood: '100,000 header lines',
    header_long: 'one header line of 10 MB',
    drip: 'a byte of the body every 100 ms, or what drip_ms says',
    drip_headers: 'a byte of the header every 100 ms, or what drip_ms says',
    drip_ms: 'milliseconds (100)',
    silence: 'no answer at all',
    endless: 'a body without end',
    endless_chunked: 'a chunked body without end',
    gzip_bomb: 'Content-Encoding gzip that nobody asked for, 100 MB',
    redirect: 'a redirect to another origin; the status is redirect_status',
    redirect_file: 'a redirect to file:///etc/passwd',
    redirect_status: '301, 302 (default), 303, 307 or 308',
    reset_handshake: 'reset behind the TLS handshake, before an answer',
    reset_header: 'reset in the middle of the header',
    reset_body: 'reset in the middle of the body',
    close_handshake: 'closed without an answer',
    storm_100: '10,000 x 100 Continue, then the answer',
    storm_103: '10,000 x 103 Early Hints, then the answer',
    storm_endless: '100 Continue without end',
    switching: '101 Switching Protocols',
    close_announced: 'Connection: close, and so it is',
    close_silent: 'closed behind the answer, without saying so',
    http09: 'an HTTP/0.9 answer: the body and nothing else',
    http2_preface: 'an HTTP/2 SETTINGS frame',
    nul_header: 'NUL bytes in a header',
    two_lengths: 'two Content-Lengths that differ',
    length_and_chunked: 'Content-Length and Transfer-Encoding',
    length_negative: 'Content-Length: -1',
    no_content: 'status 204',
    status_garbage: 'a status line with status 99999',
    wrong_type: 'Content-Type text/html around a good answer',
    no_type: 'no Content-Type',
    bom: 'a UTF-8 byte order mark in front',
    deep_json: '100,000 nested arrays',
    deep_member: 'a good answer with a member nested 100,000 deep',
    not_utf8: 'a member that is not UTF-8',
    nul_json: 'a NUL byte behind the document',
    duplicate_member: 'every member twice, the second time null',
    too_large: 'one byte more than the client takes',
    empty: 'status 200 and an empty body',
    trailing: 'a second document behind the first',
    tls_wrong_host: 'the endpoint has a certificate for another host',
    tls_expired: '... an expired certificate',
    tls_future: '... a certificate that is not valid yet',
    tls_self_signed: '... a self-signed certificate',
    tls_11: '... TLS 1.1 only',
    tls_none: '... no TLS: http:// on the wire, https:// in the URL',
    other_port: '... another port, all well (Pocket ID)',
    plain_http: 'the endpoint is an http:// URL',
  },
};

const GROUP_OF = new Map(Object.entries(FLAGS).flatMap(
  ([group, flags]) => Object.keys(flags).map((name) => [name, group])));

// The flags of one client.
export class Flags {
  #values = new Map();

  constructor(clientId) {
    this.add(clientId.replace(/\.\w+$/, ''));
  }

  // What is there already stays.
  add(text) {
    for (const item of text.split('+')) {
      const [, name, value] = /^(\w+)(?:=(.*))?$/.exec(item) ?? [];
      if (!GROUP_OF.has(name)) throw new Error(`no such flag: "${item}"`);
      if (!this.#values.has(name)) this.#values.set(name, value);
    }
  }

  has(name) {
    if (!GROUP_OF.has(name)) throw new Error(`no such flag: "${name}"`);
    return this.#values.has(name);
  }

  // Undefined without the flag; `otherwise` where it has no value.
  text(name, otherwise = '') {
    return this.has(name) ? this.#values.get(name) ?? otherwise : undefined;
  }

  number(name, otherwise) {
    const text = this.text(name, String(otherwise));
    if (text !== undefined && !/^\d{1,9}$/.test(text)) {
      throw new Error(`${name}: "${text}" is not a number`);
    }
    return text === undefined ? undefined : Number(text);
  }

  list(name, otherwise = '') {
    return this.text(name, otherwise)?.split(',') ?? [];
  }

  names() {
    return [...this.#values.keys()];
  }
}

// Every hook of `module` is a flag of the group, and the other way round:
// what has no hook is read by name somewhere, which `plain` says.
export function checkHooks(group, hooks, plain = []) {
  const known = Object.keys(FLAGS[group]);
  const have = [...Object.keys(hooks), ...plain];
  const wrong = have.filter((name) => !known.includes(name))
    .concat(known.filter((name) => !have.includes(name)));
  if (wrong.length > 0 || new Set(have).size !== have.length) {
    throw new Error(`flags of group ${group}: ${wrong.join(', ')}`);
  }
}
