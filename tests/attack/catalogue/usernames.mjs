// SPDX-License-Identifier: BSD-2-Clause
// U1 to U10: from a claim, which the person may choose, to a local account.
//
//   U1 system accounts   U2 empty, dots, first and last characters
//   U3 separators, control characters, homoglyphs   U4 lengths, mail addresses
//   U5 letter case   U6 patterns   U7 several names for one account, renaming
//   U8 another account than was asked for   U9 logs   U10 environment, files

import { claims, idToken } from './cases.mjs';

const by = (preferred_username, members = {}) =>
  idToken(claims({ preferred_username, ...members }));

// The same name as claim and as account: only what it is made of is wrong.
async function names(c, id, title, expect, list, twin) {
  for (const [i, name] of list.entries())
    c.refuse(id, `${id.toLowerCase()}_${title}_${i}`, twin, expect,
      { token: await by(name), policy: { account: name } });
}

async function system(c, twin) {
  const refuse = (name, expect, policy) =>
    c.refuse('U1', `u1_${name}`, twin, expect, { policy });
  const root = c.accept('U1', 'u1_root_where_root_may_log_in', {
    token: await by('root'),
    policy: {
      account: 'root', uid: 0, allow_root: true,
      map: 'root /preferred_username is root\n',
    },
  });

  c.refuse('U1', 'u1_root_where_root_may_not', root, 'account-root',
    { policy: { allow_root: undefined } });
  c.refuse('U1', 'u1_root_by_username', root, 'account-root',
    { policy: { map: undefined } });
  c.refuse('U1', 'u1_root_by_username_beside_the_line_of_another', root,
    'other-person', { policy: { map: 'root /preferred_username is toor\n' } });
  c.refuse('U1', 'u1_root_by_the_token_of_alice', root, 'other-person',
    { token: twin.token });
  refuse('uid_0_named_alice', 'account-root', { uid: 0, min_uid: 0 });
  for (const account of ['toor', 'admin', 'sync'])
    c.refuse('U1', `u1_uid_0_named_${account}`, twin, 'account-root', {
      token: await by(account),
      policy: { account, uid: 0, min_uid: 0 },
    });
  for (const [account, uid] of [['daemon', 1], ['bin', 2], ['sshd', 105],
    ['nobody', 65534], ['systemd-network', 998], ['postgres', 999],
    ['messagebus', 100], ['nogroup', 65535], ['none', 4294967295]])
    c.refuse('U1', `u1_system_account_${account.replace('-', '_')}`, twin,
      'account-uid', { token: await by(account), policy: { account, uid } });
  refuse('below_min_uid', 'account-uid', { min_uid: 1001 });
  refuse('nobody_where_min_uid_is_0', 'account-uid',
    { uid: 65534, min_uid: 0 });
  c.accept('U1', 'u1_at_min_uid',
    { token: twin.token, policy: { account: 'alice', uid: 1001,
      min_uid: 1001 } });
}

async function shapes(c, twin) {
  await names(c, 'U2', 'shape_with_a_meaning', 'claim-unsafe', ['', '.', '..',
    '...', '-', '-rf', '--help', '-oProxyCommand=x', '+', '+x', '+@admins',
    '~', '~root', '@x', '@admins', '#0', '#1000', '%', '%wheel', '!root', '0',
    '1000', '00', '0x0', '1e3', '4294967296', '1alice', '.alice', 'alice ',
    ' alice', ' ', '  ', 'alice$', '$', 'host$', '*', '?', 'a,b', '&alice'],
  twin);
  for (const [i, name] of ['_apt', 'a', 'alice-b', 'alice.b', 'alice_1',
    'Alice', 'a2'].entries())
    c.accept('U2', `u2_common_shape_${i}`,
      { token: await by(name), policy: { account: name } });
  for (const [i, value] of [null, true, false, 0, 1000, 1.5, [], ['alice'],
    ['alice', 'root'], {}, { name: 'alice' }, { alice: true }].entries())
    c.refuse('U2', `u2_claim_of_another_type_${i}`, twin, 'claim-unsafe',
      { token: await by(value) });
  c.refuse('U2', 'u2_claim_missing', twin, 'claim-missing',
    { token: await by(undefined) });
}

async function characters(c, twin) {
  const within = ['/', '\\', ':', ',', ';', '=', '*', '?', '[', ']', '{', '}',
    '!', '"', "'", '`', '$', '&', '|', '<', '>', '(', ')', '^', '%', '~', '#',
    '@', '+', ' ', '\n', '\r', '\r\n', '\t', '\v', '\f', '\b', '\x1b',
    '\x1b[2J',
    '\x01', '\x7f', '\u0085', '\u009b', '\u00a0', '\u00ad', '\u200b', '\u200d',
    '\u2028', '\u202e', '\u2066', '\ufeff', '\u3000', '\ud83d\ude00', '\u0301',
    '\u00e9', '$(id)', '`id`', ';id;', '/../', '\n-\n', '::0:0:'];

  await names(c, 'U3', 'character_within', 'claim-unsafe',
    within.map((text) => `al${text}ice`), twin);
  await names(c, 'U3', 'path_or_command', 'claim-unsafe', ['/etc/passwd',
    '../root', '../../etc/shadow', './alice', 'alice/..', 'C:\\x', '//x',
    'alice:x:0:0::/root:/bin/sh', 'alice\nroot:x:0:0::/:/bin/sh', '$HOME',
    '%s%n', 'DOMAIN\\alice', 'alice@example.com', 'alice; rm -rf /'], twin);
  await names(c, 'U3', 'looks_like_root', 'claim-unsafe', ['r\u043e\u043et',
    '\uff52\uff4f\uff4f\uff54', 'roo\u03c4', 'r\u00f6\u00f6t', '\u200broot',
    'root\u200b', 'ro\u00adot', '\u202etoor', 'r\u1d0f\u1d0ft', 'root\u0301',
    '\u{1d42b}oot', 'ro\ufe0fot', '\u24e1oot', 'stra\u00dfe', 'adm\u0131n',
    'alice\u00a0', '\u212aelvin'], twin);
  // not one of them is made into a name that is another's
  for (const [i, name] of ['\uff41lice', 'alice\u200b', 'al\u00adice',
    '\u0430lice', ' alice', 'alice ', 'alice\n', 'alice\0', 'alice/',
    'alice@'].entries())
    c.refuse('U3', `u3_cleaned_up_it_would_be_alice_${i}`, twin,
      name.includes('\0') ? 'claims' : 'claim-unsafe',
      { token: await by(name) });
}

async function lengths(c, twin) {
  const longest = `a${'b'.repeat(31)}`;
  const at = c.accept('U4', 'u4_name_of_32_bytes',
    { token: await by(longest), policy: { account: longest } });

  c.refuse('U4', 'u4_name_of_33_bytes', at, 'claim-unsafe',
    { token: await by(`${longest}b`), policy: { account: `${longest}b` } });
  c.refuse('U4', 'u4_cut_it_would_be_another', at, 'claim-unsafe',
    { token: await by(`${longest}-root`) });
  for (const size of [64, 256, 257, 1024, 1025, 40000])
    c.refuse('U4', `u4_name_of_${size}_bytes`, at, 'claim-unsafe',
      { token: await by('a'.repeat(size)) });
  c.refuse('U4', 'u4_begins_as_alice', twin, 'other-person',
    { token: await by('alice2') });
  c.refuse('U4', 'u4_alice_begins_so', twin, 'other-person',
    { token: await by('alic') });

  const pinned = c.accept('U4', 'u4_local_part_of_our_domain', {
    token: await by('alice@example.com'),
    policy: { account: 'alice', username_match: '^([a-z]+)@example\\.com$' },
  });
  for (const [i, name] of ['alice@attacker.example', 'alice@example.com.evil',
    'alice@example.org', 'alice@xexample.com', 'alice@exampleXcom',
    'alice+x@example.com', 'root+alice@example.com', 'alice@', 'alice',
    'alice@example.com@evil', 'x@alice@example.com', '@example.com',
    'alice@example.com ', 'alice @example.com', 'alice@example.com/x',
    'alice%example.com@evil'].entries())
    c.refuse('U4', `u4_local_part_of_another_domain_${i}`, pinned,
      'username-unmatched', { token: await by(name) });
  for (const [i, name] of ['root@example.com', 'bob@example.com'].entries())
    c.refuse('U4', `u4_local_part_of_another_person_${i}`, pinned,
      'other-person', { token: await by(name) });
}

async function cases(c, twin) {
  for (const [i, name] of ['Alice', 'ALICE', 'aLICE', 'alicE'].entries()) {
    c.refuse('U5', `u5_claim_in_other_letters_${i}`, twin, 'other-person',
      { token: await by(name) });
    c.refuse('U5', `u5_account_in_other_letters_${i}`, twin, 'other-person',
      { policy: { account: name } });
  }
  for (const [i, name] of ['Root', 'ROOT', 'rOOt'].entries())
    c.refuse('U5', `u5_root_in_other_letters_${i}`, twin, 'other-person', {
      token: await by(name),
      policy: {
        account: 'root', uid: 0, allow_root: true,
        map: 'root /preferred_username is root\n',
      },
    });
  c.refuse('U5', 'u5_dotless_i', twin, 'claim-unsafe',
    { token: await by('al\u0131ce') });
  c.refuse('U5', 'u5_capital_dotted_i', twin, 'claim-unsafe',
    { token: await by('AL\u0130CE') });
  c.refuse('U5', 'u5_kelvin_sign', twin, 'claim-unsafe',
    { token: await by('al\u212aice') });
}

async function patterns(c) {
  const policy = (username_match, more) =>
    ({ account: 'alice', username_match, ...more });
  const anchors = c.accept('U6', 'u6_anchored', {
    token: await by('alice@example.com'),
    policy: policy('^([a-z]+)@example\\.com$'),
  });
  for (const [i, name] of ['alice@example.com\nx', 'x\nalice@example.com',
    'alice@example.com\n'].entries())
    c.refuse('U6', `u6_line_break_beside_an_anchor_${i}`, anchors,
      'claim-unsafe', { token: await by(name) });
  const loose = c.accept('U6', 'u6_without_anchors', {
    token: anchors.token,
    policy: policy('([a-z]+)@example\\.com'),
  });
  for (const [i, name] of ['xx alice@example.com', 'alice@example.com.evil',
    'evil/alice@example.com'].entries())
    c.refuse('U6', `u6_match_in_the_middle_${i}`, loose, 'username-unmatched',
      { token: await by(name) });
  const either = c.accept('U6', 'u6_alternatives', {
    token: await by('alice'),
    policy: policy('^alice|bob$'),
  });
  for (const [i, name] of ['alicex', 'xbob', 'alice|bob'].entries())
    c.refuse('U6', `u6_anchor_of_one_alternative_${i}`, either,
      'username-unmatched', { token: await by(name) });
  for (const [i, bad] of ['(a+)+\\1', '^(a*)*$', '\\d+', '(', '[a-z',
    `${'('.repeat(12)}a${'+)'.repeat(12)}`, 'a{1,60000}',
    '((a{1,100}){1,100}){1,100}', 'a+?', '^(?:x)$', 'a'.repeat(300)].entries())
    c.refuse('U6', `u6_pattern_that_is_refused_${i}`, either, 'config',
      { policy: { username_match: bad } });
  const slow = c.accept('U6', 'u6_nested_repetition', {
    token: await by('alice'),
    policy: policy('^((a|l|i|c|e)+)$', { username_format: '\\1' }),
  });
  c.refuse('U6', 'u6_subject_that_would_take_for_ever', slow,
    'username-unmatched', { token: await by(`${'a'.repeat(1000)}!`) });
  for (const size of [1025, 40000])
    c.refuse('U6', `u6_subject_of_${size}_bytes`, slow, 'claim-unsafe',
      { token: await by('a'.repeat(size)) });
  const format = c.accept('U6', 'u6_format', {
    token: await by('alice'),
    policy: policy('^(al)(ice)$', { username_format: '\\1\\2' }),
  });
  for (const [i, bad] of ['\\3', '\\n', '\\', 'x\\', '', '\\\\1\\9'].entries())
    c.refuse('U6', `u6_format_that_is_refused_${i}`, format, 'config',
      { policy: { username_format: bad } });
  const any = c.accept('U6', 'u6_pattern_for_anything', {
    token: await by('alice'),
    policy: policy('^(.*)$'),
  });
  for (const [i, name] of ['../alice', 'alice\\0', '\\1', '%s', 'alice:x',
    '-alice'].entries())
    c.refuse('U6', `u6_what_a_group_holds_is_checked_${i}`, any,
      'claim-unsafe', { token: await by(name) });
}

async function others(c, twin) {
  // a name that was given back and taken again, by whoever came first
  c.refuse('U7', 'u7_renamed_to_another', twin, 'other-person',
    { token: await by('alice-2') });
  c.refuse('U7', 'u7_renamed_and_the_old_name_beside_it', twin, 'other-person',
    { token: await by('mallory', { nickname: 'alice', name: 'alice',
      given_name: 'alice', previous_username: 'alice', sub: 'alice' }) });
  const many = c.accept('U7', 'u7_pattern_that_joins_names', {
    token: await by('alice.work'),
    policy: { account: 'alice', username_match: '^([a-z]+)\\.work$' },
  });
  for (const [i, name] of ['alice.home', 'alice.work.x', 'alice', '.work',
    'x.alice.work'].entries())
    c.refuse('U7', `u7_name_that_is_not_joined_${i}`, many,
      'username-unmatched', { token: await by(name) });

  const several = c.accept('U7', 'u7_one_of_one_name', {
    token: await by(undefined, { names: [{ value: 'alice' }] }),
    policy: { account: 'alice', username: '/names/*/value' },
  });
  for (const [i, list] of [['alice', 'bob'], ['bob', 'alice'],
    ['alice', 'alice'], ['alice', null], ['alice', '']].entries())
    c.refuse('U7', `u7_one_of_several_names_${i}`, several, 'claim-unsafe', {
      token: await by(undefined, { names: list.map((value) => ({ value })) }),
    });
  // never the account of the token instead of the one asked for
  for (const [i, account] of ['bob', 'root', 'alice2', 'Alice', 'alic',
    'alice ', ''].entries())
    c.refuse('U8', `u8_another_asked_for_and_alice_approves_${i}`, twin,
      'other-person', { policy: { account } });
  c.refuse('U8', 'u8_alice_asked_for_and_bob_approves', twin, 'other-person',
    { token: await by('bob') });

  // lines, fields and terminals that a log is read on
  await names(c, 'U9', 'forged_line', 'claim-unsafe', [
    'alice\nAccepted password for root', 'alice\r\nsshd[1]: Accepted',
    'alice result=granted', 'alice" result="granted', '\x1b]0;x\x07alice',
    'alice\x1b[1A\x1b[2K', 'alice\u2028x', '%n%n%n', 'alice\x08\x08'], twin);
  for (const [i, sub] of ['x\nresult=granted', 'x\x1b[2J'].entries())
    c.refuse('U9', `u9_forged_line_by_sub_${i}`, twin, 'sub',
      { token: await by('alice', { sub }) });

  await names(c, 'U10', 'variable_or_file', 'claim-unsafe', [
    'LD_PRELOAD=/tmp/x.so', 'PATH=.', 'BASH_ENV=/tmp/x', '() { :;}; id',
    'IFS=/', '/tmp/x', '../../var/lib/x', 'a/../b', '~/.ssh/rc',
    'con\\..\\x'], twin);
}

export async function usernames(c) {
  const twin = c.accept('U8', 'u8_alice_asked_for_and_alice_approves',
    { token: await by('alice'), policy: { account: 'alice', uid: 1000 } });

  await system(c, twin);
  await shapes(c, twin);
  await characters(c, twin);
  await lengths(c, twin);
  await cases(c, twin);
  await patterns(c);
  await others(c, twin);
}
