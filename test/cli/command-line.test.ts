import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { commandHelp, invocationOf, programHelp, requestOf } from '../../src/cli/command-line.ts';

const names = ['serve', 'sandbox', 'check'] as const;

const command: Command = {
  name: 'serve',
  summary: 'Serve reports.',
  options: {
    config: { type: 'string', value: 'FILE', description: 'Read settings from FILE.' },
    quiet: { type: 'boolean', description: 'Say less.' },
  },
  run: async () => 0,
};

test('the first word is the command; the rest is left to it', () => {
  assert.deepEqual(requestOf(['serve', '--config', 'a', '--help'], names), {
    name: 'serve',
    args: ['--config', 'a', '--help'],
  });
});

test('help and version can be asked for in the usual ways', () => {
  for (const argv of [['--help'], ['-h'], ['help']]) assert.deepEqual(requestOf(argv, names), 'help');
  assert.deepEqual(requestOf(['--version'], names), 'version');
  assert.deepEqual(requestOf(['help', 'check'], names), { name: 'check', args: ['--help'] });
});

test('no command, an unknown one, or an option before it is misuse with a way out', () => {
  assert.throws(() => requestOf([], names), {
    name: 'Misuse',
    message: /which command\? One of serve, sandbox, check/,
  });
  assert.throws(() => requestOf(['srve'], names), {
    name: 'Misuse',
    message: /unknown command "srve"; did you mean serve\?/,
  });
  assert.throws(() => requestOf(['zzz'], names), {
    name: 'Misuse',
    message: /there are serve, sandbox, check/,
  });
  assert.throws(() => requestOf(['--config', 'x', 'serve'], names), {
    name: 'Misuse',
    message: /a command comes first/,
  });
  assert.throws(() => requestOf(['help', 'srve'], names), { name: 'Misuse', message: /did you mean serve/ });
});

test('options are read as the command declares them', () => {
  assert.deepEqual(invocationOf(command, ['--config', 'a.yaml', '--quiet']), {
    options: { config: 'a.yaml', quiet: true },
    positionals: [],
  });
  assert.deepEqual(invocationOf(command, ['--config=a.yaml']), {
    options: { config: 'a.yaml' },
    positionals: [],
  });
  assert.deepEqual(invocationOf(command, []), { options: {}, positionals: [] });
  assert.deepEqual(invocationOf(command, ['--help']), 'help');
});

test('positional arguments are for commands that declare them', () => {
  assert.throws(() => invocationOf(command, ['stray']), {
    name: 'Misuse',
    message: /unexpected argument 'stray'/,
  });
  assert.deepEqual(invocationOf({ ...command, positionals: '[statement]' }, ['statement']), {
    options: {},
    positionals: ['statement'],
  });
});

test('an unknown option, or a missing or surplus value, is misuse', () => {
  assert.throws(() => invocationOf(command, ['--confg', 'x']), {
    name: 'Misuse',
    message: /unknown option --confg; did you mean --config\?/,
  });
  assert.throws(() => invocationOf(command, ['--zzzzzz']), {
    name: 'Misuse',
    message: /there are --help, --config, --quiet/,
  });
  assert.throws(() => invocationOf(command, ['-x']), { name: 'Misuse', message: /unknown option '-x'/ });
  assert.throws(() => invocationOf(command, ['--config']), { name: 'Misuse', message: /argument missing/ });
  assert.throws(() => invocationOf(command, ['--quiet=yes']), {
    name: 'Misuse',
    message: /does not take an argument/,
  });
});

test('the program’s help names its commands, and where settings come from', () => {
  const help = programHelp([command]);
  assert.match(help, /serve +Serve reports\./);
  assert.match(help, /CMU_PROXY_LISTEN_PORT/);
});

test('a command’s help names its options with their placeholders', () => {
  const help = commandHelp({ ...command, positionals: '[statement]' });
  assert.match(help, /^Usage: cmu-proxy serve \[statement\] \[options\]\n/);
  assert.match(help, / {2}--config FILE {2}Read settings from FILE\.\n {2}--quiet {8}Say less\.\n/);
});
