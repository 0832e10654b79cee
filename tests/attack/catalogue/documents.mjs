// SPDX-License-Identifier: BSD-2-Clause
// D6 to D12: JSON, and what it says in a header.

import * as crypto from 'node:crypto';
import {
  CLIENT, ISSUER, claims, claimsText, honest, idToken, slug,
} from './cases.mjs';
import { ALGS, HONEST, b64, forgeBy, jwks, keys, token } from './keys.mjs';

const es256 = { alg: 'ES256', kid: 'es256' };

// First or last: parsers differ, so none may be there.
function duplicates(c) {
  const text = JSON.stringify(claims({ nonce: 'n1', groups: ['a'],
    address: { country: 'x' } }));
  const twin = c.accept('D6', 'd6_each_member_once',
    { token: honest(es256, text), policy: { nonce: 'n1' } });
  const refuse = (name, expect, header, payload) =>
    c.refuse('D6', `d6_${name}`, twin, expect,
      { token: honest(header, payload) });
  const other = { iss: '"https://attacker.example"', sub: '"root"',
    aud: '"other"', exp: '9999999999', iat: '0', nonce: '"n2"',
    groups: '["admin"]', preferred_username: '"root"', address: 'null' };

  for (const [name, value] of Object.entries(other)) {
    const escaped = `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
    refuse(`${name}_twice_bad_first`, 'claims', es256,
      text.replace('{', `{"${name}":${value},`));
    refuse(`${name}_twice_bad_last`, 'claims', es256,
      text.replace(/}$/, `,"${name}":${value}}`));
    refuse(`${name}_twice_escaped`, 'claims', es256,
      text.replace(/}$/, `,"${escaped}":${value}}`));
  }
  refuse('sub_twice_and_the_same', 'claims', es256,
    text.replace(/}$/, ',"sub":"248289761001"}'));
  refuse('twice_in_an_object_within', 'claims', es256,
    text.replace('"country":"x"', '"country":"x","country":"x"'));
  refuse('twice_in_an_object_of_a_list', 'claims', es256,
    text.replace('["a"]', '[{"n":1,"n":1}]'));
  for (const [i, header] of ['{"alg":"ES256","alg":"none","kid":"es256"}',
    '{"alg":"none","alg":"ES256","kid":"es256"}',
    '{"alg":"ES256","alg":"ES256","kid":"es256"}',
    '{"alg":"ES256","kid":"x","kid":"es256"}',
    '{"alg":"ES256","kid":"es256","kid":"x"}',
    '{"alg":"ES256","kid":"es256","\\u0061lg":"none"}',
    '{"\\u0061\\u006c\\u0067":"none","alg":"ES256","kid":"es256"}',
    '{"alg":"ES256","kid":"es256","typ":"JWT","typ":"JWT"}',
    '{"alg":"ES256","kid":"es256","crit":["x"],"crit":[]}'].entries())
    refuse(`header_member_twice_${i}`, 'token-malformed', header, text);
  const set = JSON.parse(HONEST);
  c.refuse('D6', 'd6_key_set_twice', twin, 'document',
    { jwks: HONEST.replace('{"keys"', '{"keys":[],"keys"') });
  c.refuse('D6', 'd6_key_member_twice', twin, 'document', {
    jwks: HONEST.replace('"kid":"es256"', '"kid":"x","kid":"es256"'),
  });
  c.refuse('D6', 'd6_key_member_twice_escaped', twin, 'document', {
    jwks: jwks(...set.keys).replace('"kid":"es256"',
      '"kid":"es256","\\u006bid":"x"'),
  });
}

// What lax parsers take, `T` standing for the good text.
function grammar(c) {
  const header = JSON.stringify(es256);
  const text = JSON.stringify(claims());
  const twin = c.accept('D7', 'd7_plain', { token: honest(header, text) });

  c.accept('D7', 'd7_names_in_escapes', {
    token: honest('{"\\u0061lg":"ES\\u003256","k\\u0069d":"es256"}',
      text.replace('"iss"', '"\\u0069ss"').replace('"sub"', '"s\\u0075b"')),
  });
  c.accept('D7', 'd7_blanks_that_json_has', {
    token: honest(` \t\r\n${header.replaceAll(':', ' : ')}\n`,
      `\r\n${text.replaceAll(',', ' ,\t')} `),
  });
  const wrap = {
    byte_order_mark: (t) => `\ufeff${t}`,
    comment_in_front: (t) => `/**/${t}`,
    comment_behind: (t) => `${t}// x`,
    comment_within: (t) => t.replace(',', ',/* */'),
    hash_comment: (t) => `${t}#`,
    text_behind: (t) => `${t}x`,
    brace_behind: (t) => `${t}}`,
    object_behind: (t) => `${t}{}`,
    comma_behind: (t) => `${t},`,
    nul_behind: (t) => `${t}\0`,
    nul_in_front: (t) => `\0${t}`,
    form_feed_in_front: (t) => `\f${t}`,
    no_break_space_in_front: (t) => `\u00a0${t}`,
    single_quotes: (t) => t.replaceAll('"', "'"),
    no_quotes: (t) => t.replace(/"(alg|iss)"/, '$1'),
    trailing_comma: (t) => t.replace(/}$/, ',}'),
    leading_comma: (t) => t.replace('{', '{,'),
    comma_missing: (t) => t.replace(',', ' '),
    colon_missing: (t) => t.replace(':', ' '),
    equals_sign: (t) => t.replace(':', '='),
    not_closed: (t) => t.slice(0, -1),
    closed_by_a_bracket: (t) => t.replace(/}$/, ']'),
    cut: (t) => t.slice(0, t.length >> 1),
    list_of_it: (t) => `[${t}]`,
    string_of_it: (t) => JSON.stringify(t),
    list: () => '[]',
    string: () => '"x"',
    number: () => '1',
    null: () => 'null',
    true: () => 'true',
    nothing: () => ' ',
    html: () => '<html></html>',
    tab_in_a_string: (t) => t.replace(/}$/, ',"x":"\t"}'),
    line_feed_in_a_string: (t) => t.replace(/}$/, ',"x":"\n"}'),
    unknown_escape: (t) => t.replace(/}$/, ',"x":"\\x41"}'),
    cut_escape: (t) => t.replace(/}$/, ',"x":"\\u00"}'),
    octal_escape: (t) => t.replace(/}$/, ',"x":"\\101"}'),
    capital_u_escape: (t) => t.replace(/}$/, ',"x":"\\U00000041"}'),
    true_in_capitals: (t) => t.replace(/}$/, ',"x":TRUE}'),
    null_in_capitals: (t) => t.replace(/}$/, ',"x":Null}'),
    undefined: (t) => t.replace(/}$/, ',"x":undefined}'),
    name_that_is_a_number: (t) => t.replace(/}$/, ',1:1}'),
    name_alone: (t) => t.replace(/}$/, ',"x"}'),
    value_missing: (t) => t.replace(/}$/, ',"x":}'),
    value_missing_in_a_list: (t) => t.replace(/}$/, ',"x":[1,,2]}'),
  };
  for (const number of ['NaN', 'Infinity', '-Infinity', '0x10', '010', '+1',
    '1.', '.5', '1e', '1e+', '-', '--1', '1_000', '1,000', '\u0661', '0b1',
    '1e999', '-1e999', `1${'0'.repeat(400)}`, '9223372036854775808',
    '-9223372036854775809'])
    wrap[`number_${Object.keys(wrap).length}`] = (t) =>
      t.replace(/}$/, `,"x":${number}}`);
  for (const [name, change] of Object.entries(wrap)) {
    c.refuse('D7', `d7_header_${name}`, twin, 'token-malformed',
      { token: honest(change(header), text) });
    c.refuse('D7', `d7_claims_${name}`, twin, 'claims',
      { token: honest(header, change(text)) });
  }
  for (const [name, old, other, expect] of [
    ['alg', '"alg"', '"Alg"', 'token-malformed'],
    ['alg_in_capitals', '"alg"', '"ALG"', 'token-malformed'],
    ['alg_with_a_blank', '"alg"', '"alg "', 'token-malformed'],
    ['alg_full_width', '"alg"', '"\uff41lg"', 'token-malformed']])
    c.refuse('D7', `d7_other_name_for_${name}`, twin, expect,
      { token: honest(header.replace(old, other), text) });
  for (const [name, expect] of [['iss', 'iss'], ['sub', 'sub'], ['aud', 'aud'],
    ['exp', 'exp'], ['iat', 'iat']])
    c.refuse('D7', `d7_other_name_for_${name}`, twin, expect, {
      token: honest(header, text.replace(`"${name}"`,
        `"${name.toUpperCase()}"`)),
    });
}

function characters(c, twin) {
  const text = JSON.stringify(claims({ name: 'NAME' }));
  const named = c.accept('D8', 'd8_name_in_good_utf8', {
    token: honest(es256, text.replace('NAME', 'Zo\u00eb \u4e16 \ud83d\ude00')),
  });
  const bytes = {
    overlong_slash: [0xc0, 0xaf],
    overlong_nul: [0xc0, 0x80],
    overlong_of_three: [0xe0, 0x80, 0xaf],
    overlong_of_four: [0xf0, 0x80, 0x80, 0xaf],
    stray_continuation: [0x80],
    cut_sequence: [0xe4, 0xb8],
    high_surrogate: [0xed, 0xa0, 0x80],
    surrogate_pair: [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
    beyond_unicode: [0xf4, 0x90, 0x80, 0x80],
    five_bytes: [0xf8, 0x88, 0x80, 0x80, 0x80],
    latin_1: [0xeb],
    ff: [0xff],
    utf_16: [0xff, 0xfe, 0x41, 0x00],
    nul: [0x00],
  };
  for (const [name, list] of Object.entries(bytes)) {
    const put = (whole) => {
      const [front, back] = whole.split('NAME');
      return Buffer.concat([Buffer.from(front), Buffer.from(list),
        Buffer.from(back)]);
    };
    c.refuse('D8', `d8_claims_with_${name}`, named, 'claims',
      { token: honest(es256, put(text)) });
    c.refuse('D8', `d8_header_with_${name}`, named, 'token-malformed', {
      token: honest(put(JSON.stringify({ ...es256, x: 'NAME' })), text),
    });
  }
  for (const [name, escape] of [['nul', '\\u0000'], ['nul_within', 'a\\u0000b'],
    ['high_surrogate', '\\ud800'], ['low_surrogate', '\\udc00'],
    ['surrogates_swapped', '\\udc00\\ud800'],
    ['surrogate_and_letter', '\\ud800a'], ['two_high', '\\ud800\\ud800'],
    ['two_low', '\\udc00\\udc00']]) {
    c.refuse('D8', `d8_escaped_${name}`, named, 'claims',
      { token: honest(es256, text.replace('NAME', escape)) });
    c.refuse('D8', `d8_escaped_${name}_in_a_name`, named, 'claims',
      { token: honest(es256, text.replace('"name"', `"${escape}"`)) });
    c.refuse('D8', `d8_escaped_${name}_in_the_header`, named,
      'token-malformed', {
        token: honest(`{"alg":"ES256","kid":"es256","x":"${escape}"}`, text),
      });
  }
  // "root\0@attacker": what a C string would end at
  for (const [name, value] of [['iss', `${ISSUER}\0.attacker.example`],
    ['sub', '248289761001\0x'], ['aud', `${CLIENT}\0x`],
    ['preferred_username', 'alice\0@attacker.example']])
    c.refuse('D8', `d8_${name}_cut_by_nul`, named, 'claims',
      { token: honest(es256, claims({ [name]: value })) });

  // equal to the eye, or after some normalization, is not equal
  const accent = c.accept('D8', 'd8_issuer_with_an_accent', {
    token: honest(es256, claims({ iss: 'https://sso.example.com/caf\u00e9' })),
    policy: { issuer: 'https://sso.example.com/caf\u00e9' },
  });
  for (const [i, iss] of ['https://sso.example.com/cafe\u0301',
    'https://sso.example.com/cafe', 'https://sso.example.com/caf%C3%A9',
    'https://sso.example.com/caf\u00e9\u200b'].entries())
    c.refuse('D8', `d8_issuer_normalized_${i}`, accent, 'iss',
      { token: honest(es256, claims({ iss })) });
  for (const [i, aud] of ['\uff4c\uff49\uff4e\uff55\uff58\uff0d\uff4c\uff4f' +
    '\uff47\uff49\uff4e', 'linux\u2010login', 'linux\u2011login',
    'l\u0456nux-login', 'linux-login\u200d', '\ufefflinux-login',
    'linux\u00ad-login', '\u202elinux-login'].entries())
    c.refuse('D8', `d8_audience_that_looks_like_ours_${i}`, twin, 'aud',
      { token: honest(es256, claims({ aud })) });
  for (const [i, sub] of ['\ufeffx', 'x\u202ey', 'x\u2066y', 'x\u200by',
    'x\u2028y', 'x\u2029y', 'x\u0085y', 'x\u009by', 'x\u200ey'].entries())
    c.refuse('D8', `d8_sub_with_an_invisible_character_${i}`, twin, 'sub',
      { token: honest(es256, claims({ sub })) });
  for (const [name, put] of Object.entries({
    in_front: (t) => ['\0', t], behind: (t) => [t, '\0'],
    and_more_behind: (t) => [t, '\0.x.y'],
    within: (t) => [t.slice(0, 40), '\0', t.slice(40)],
    instead_of_a_dot: (t) => [t.replace('.', '\0')],
  }))
    c.refuse('D8', `d8_token_with_nul_${name}`, twin, 'token-malformed',
      { token: Buffer.from(put(twin.token).join('')) });
}

function dates(c) {
  const by = (members) => honest(es256, claimsText({ nbf: '0', ...members }));
  const twin = c.accept('D9', 'd9_whole_seconds', { token: by({}) });
  const texts = [
    // what it is to a member; "claims": no JSON we read
    ['huge_exponent', '1e400', 'claims'],
    ['beyond_64_bits', '9223372036854775808', 'claims'],
    ['largest_of_64_bits', '9223372036854775807'],
    ['beyond_2_53', '9007199254740993'],
    ['beyond_2_40', '1099511627777'],
    ['large_double', '1e15'],
    ['larger_double', '1.7e300'],
    ['negative', '-1'],
    ['smallest_of_64_bits', '-9223372036854775808'],
    ['negative_double', '-1.0'],
    ['negative_fraction', '-0.5'],
    ['tiny', '1e-400'],
    ['string', '"1700000100"'],
    ['iso', '"2023-11-14T22:15:00Z"'],
    ['empty_string', '""'],
    ['null', 'null'],
    ['true', 'true'],
    ['false', 'false'],
    ['list', '[1700000100]'],
    ['object', '{"t":1700000100}'],
    ['not_a_number', 'NaN', 'claims'],
    ['infinity', 'Infinity', 'claims'],
    ['hexadecimal', '0x6553f100', 'claims'],
    ['octal', '01700000100', 'claims'],
    ['signed', '+1700000100', 'claims'],
  ];

  for (const name of ['exp', 'iat', 'nbf'])
    for (const [what, text, expect] of texts) {
      const isTiny = what === 'tiny'; // zero, which is long ago
      if (isTiny && name === 'nbf')
        continue;
      c.refuse('D9', `d9_${name}_${what}`, twin,
        isTiny ? 'exp' : expect ?? name, { token: by({ [name]: text }) });
    }
  c.refuse('D9', 'd9_exp_zero', twin, 'exp', { token: by({ exp: '0' }) });
  // RFC 7519 2: a fraction is one; it makes no token live longer
  for (const [name, text] of [['exp', '1700000100.5'], ['iat', '1700000000.5'],
    ['nbf', '0.5']]) {
    const payload = claimsText({ nbf: '0', [name]: text });
    c.accept('D9', `d9_${name}_with_a_fraction`,
      { token: honest(es256, payload), payload });
  }
  c.refuse('D9', 'd9_iat_zero', twin, 'exp', { token: by({ iat: '0' }) });
  c.refuse('D9', 'd9_milliseconds', twin, 'exp',
    { token: by({ exp: '1700000300000', iat: '1700000000000' }) });
  c.refuse('D9', 'd9_iat_in_milliseconds', twin, 'iat',
    { token: by({ iat: '1700000000000' }) });
  c.refuse('D9', 'd9_nbf_in_milliseconds', twin, 'nbf',
    { token: by({ nbf: '1700000000000' }) });
  for (const [i, text] of ['1700000100.0', '1.7000001e9', '17000001E+2',
    '170000010000e-2'].entries()) {
    const payload = claimsText({ nbf: '0', exp: text });
    c.accept('D9', `d9_whole_seconds_in_another_form_${i}`,
      { token: honest(es256, payload), payload });
  }
}

function bombs(c, twin) {
  const text = JSON.stringify(claims());
  const put = (value) => text.replace(/}$/, `,"x":${value}}`);
  const nest = (n, open = '[', close = ']') => open.repeat(n) + close.repeat(n);
  const object = (n) => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`;
  const deep = c.accept('D10', 'd10_sixteen_levels',
    { token: honest(es256, put(nest(15))) });
  const refuse = (name, value) => {
    c.refuse('D10', `d10_claims_${name}`, deep, 'claims',
      { token: honest(es256, put(value)) });
    c.refuse('D10', `d10_header_${name}`, deep, 'token-malformed', {
      token: honest(JSON.stringify(es256).replace(/}$/, `,"x":${value}}`),
        text),
    });
  };

  refuse('seventeen_levels', nest(16));
  refuse('seventeen_levels_of_objects', object(16));
  refuse('twenty_thousand_levels', nest(20000));
  refuse('five_thousand_objects', object(5000));
  refuse('levels_never_closed', '['.repeat(40000));
  refuse('huge_number', '9'.repeat(40000));
  refuse('huge_fraction_and_exponent', `1.${'0'.repeat(20000)}e${
    '9'.repeat(20000)}`);
  refuse('string_never_closed', `"${'x'.repeat(40000)}`);
  c.refuse('D10', 'd10_claims_of_brackets_alone', deep, 'claims',
    { token: honest(es256, '['.repeat(48000)) });
  c.refuse('D10', 'd10_key_set_of_brackets', deep, 'document',
    { jwks: '['.repeat(1 << 20) });
  c.refuse('D10', 'd10_key_set_of_objects', deep, 'document',
    { jwks: '{"keys":'.repeat(100000) });
  c.accept('D10', 'd10_five_thousand_members', {
    token: honest(es256, put(`{${Array.from({ length: 5000 },
      (_, i) => `"m${i}":0`).join(',')}}`)),
  });
  c.accept('D10', 'd10_string_of_40000_bytes',
    { token: honest(es256, put(`"${'x'.repeat(40000)}"`)) });

  // a list cut short might leave out the one that matters
  const groups = (count, behind) =>
    [...Array.from({ length: count }, () => 'g'), ...behind];
  const policy = { account: 'alice', require: ['/groups has linux-users'] };
  const many = c.accept('D10', 'd10_4096_groups', {
    token: honest(es256, claims({ groups: groups(4095, ['linux-users']) })),
    policy,
  });
  c.refuse('D10', 'd10_4097_groups', many, 'not-allowed', {
    token: honest(es256, claims({ groups: groups(4096, ['linux-users']) })),
  });
}

async function kinds(c, twin) {
  const jwt = c.accept('D11', 'd11_typ_jwt',
    { token: await idToken(claims(), { typ: 'JWT' }) });

  for (const [i, typ] of ['jwt', 'application/jwt', 'APPLICATION/JWT']
    .entries())
    c.accept('D11', `d11_typ_in_another_spelling_${i}`,
      { token: await idToken(claims(), { typ }) });
  for (const [i, typ] of ['at+jwt', 'logout+jwt', 'JOSE', 'JOSE+JSON', 'JWE',
    '', ' JWT', 'JWT ', 'JW', 'text/jwt', 'application/',
    'application/application/jwt', 1, null, true, ['JWT'], { typ: 'JWT' }]
    .entries())
    c.refuse('D11', `d11_typ_${i}_${slug(String(typ))}`, jwt, 'typ',
      { token: honest({ ...es256, typ }, claims()) });
  for (const [i, cty] of ['JWT', 'jwt', 'application/jwt', 1, null,
    ['JWT']].entries())
    c.refuse('D11', `d11_cty_that_announces_a_token_${i}`, twin, 'typ',
      { token: honest({ ...es256, cty }, claims()) });
  c.refuse('D11', 'd11_token_within_a_token', twin, 'typ',
    { token: await token({ ...es256, cty: 'JWT' }, twin.token, keys.es256) });
  c.refuse('D11', 'd11_token_within_a_token_unannounced', twin, 'claims',
    { token: await token(es256, twin.token, keys.es256) });
  c.accept('D11', 'd11_cty_of_json',
    { token: honest({ ...es256, cty: 'json' }, claims()) });
}

const HASHES = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };

function hashes(c) {
  const access = b64(crypto.randomBytes(32));
  const full = (digest, text) =>
    crypto.createHash(digest).update(text).digest();
  const half = (digest, text) => {
    const bytes = full(digest, text);
    return b64(bytes.subarray(0, bytes.length / 2));
  };

  for (const [alg, kid] of Object.entries(ALGS)) {
    const digest = HASHES[/\d{3}$/.exec(alg)?.[0]] ?? 'sha512';
    const by = (at_hash, more) => forgeBy(alg, keys[kid], { alg, kid },
      claims({ at_hash, ...more }));
    const name = alg.toLowerCase();
    const isEd = kid === 'ed';
    const twin = c.accept('D12', `d12_${name}_at_hash`, {
      token: by(half(isEd ? 'sha512' : digest, access)),
      policy: { access_token: access },
    });
    const bytes = full(isEd ? 'sha512' : digest, access);
    const other = digest === 'sha256' || isEd ? 'sha384' : 'sha256';
    for (const [what, value] of Object.entries({
      of_another_token: half(digest, `${access}x`),
      of_an_empty_token: half(digest, ''),
      by_another_hash: half(other, access),
      right_half: b64(bytes.subarray(bytes.length / 2)),
      whole_hash: b64(bytes),
      quarter: b64(bytes.subarray(0, bytes.length / 4)),
      hexadecimal: bytes.subarray(0, bytes.length / 2).toString('hex'),
      padded: `${half(isEd ? 'sha512' : digest, access)}==`,
      in_capitals: `${half(isEd ? 'sha512' : digest, access)}`.toUpperCase(),
      empty: '',
      null: null,
      number: 1,
      list: [half(isEd ? 'sha512' : digest, access)],
    }))
      c.refuse('D12', `d12_${name}_at_hash_${what}`, twin, 'at-hash',
        { token: by(value) });
    c.refuse('D12', `d12_${name}_access_token_exchanged`, twin, 'at-hash',
      { policy: { access_token: `${access}x` } });
  }
  // not ours: there is no code and no state in what we do (Core 3.3.2.11)
  c.accept('D12', 'd12_c_hash_and_s_hash_are_not_looked_at', {
    token: honest(es256, claims({ c_hash: 'x', s_hash: 1 })),
    policy: { access_token: access },
  });
}

export async function documents(c, twin) {
  duplicates(c);
  grammar(c);
  characters(c, twin);
  dates(c);
  bombs(c, twin);
  await kinds(c, twin);
  hashes(c);
}
