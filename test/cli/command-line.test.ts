import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { invocationOf, requestOf } from '../../src/cli/command-line.ts';
import { commandHelp, programHelp } from '../../src/cli/help.ts';

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

const messageOf = (it: { kind: string; message?: string }): string => {
  assert.equal(it.kind, 'misuse');
  return it.message ?? '';
};

test('the first word is the command; the rest is left to it', () => {
  assert.deepEqual(requestOf(['serve', '--config', 'a', '--help'], names), {
    kind: 'command',
    name: 'serve',
    args: ['--config', 'a', '--help'],
  });
});

test('help and version can be asked for in the usual ways', () => {
  for (const argv of [['--help'], ['-h'], ['help']])
    assert.deepEqual(requestOf(argv, names), { kind: 'help' });
  assert.deepEqual(requestOf(['--version'], names), { kind: 'version' });
  assert.deepEqual(requestOf(['help', 'check'], names), { kind: 'command', name: 'check', args: ['--help'] });
});

test('no command, an unknown one, or an option before it is misuse with a way out', () => {
  assert.match(messageOf(requestOf([], names)), /which command\? One of serve, sandbox, check/);
  assert.match(messageOf(requestOf(['srve'], names)), /unknown command "srve"; did you mean serve\?/);
  assert.match(messageOf(requestOf(['zzz'], names)), /there are serve, sandbox, check/);
  assert.match(messageOf(requestOf(['--config', 'x', 'serve'], names)), /a command comes first/);
  assert.match(messageOf(requestOf(['help', 'srve'], names)), /did you mean serve/);
});

test('options are read as the command declares them', () => {
  assert.deepEqual(invocationOf(command, ['--config', 'a.yaml', '--quiet']), {
    kind: 'run',
    options: { config: 'a.yaml', quiet: true },
    positionals: [],
  });
  assert.deepEqual(invocationOf(command, ['--config=a.yaml']), {
    kind: 'run',
    options: { config: 'a.yaml' },
    positionals: [],
  });
  assert.deepEqual(invocationOf(command, []), { kind: 'run', options: {}, positionals: [] });
  assert.deepEqual(invocationOf(command, ['--help']), { kind: 'help' });
});

test('positional arguments are for commands that declare them', () => {
  assert.match(messageOf(invocationOf(command, ['stray'])), /unexpected argument 'stray'/);
  assert.deepEqual(invocationOf({ ...command, positionals: '[statement]' }, ['statement']), {
    kind: 'run',
    options: {},
    positionals: ['statement'],
  });
});

test('an unknown option, or a missing or surplus value, is misuse', () => {
  assert.match(
    messageOf(invocationOf(command, ['--confg', 'x'])),
    /unknown option --confg; did you mean --config\?/,
  );
  assert.match(messageOf(invocationOf(command, ['--zzzzzz'])), /there are --help, --config, --quiet/);
  assert.match(messageOf(invocationOf(command, ['-x'])), /unknown option '-x'/);
  assert.match(messageOf(invocationOf(command, ['--config'])), /argument missing/);
  assert.match(messageOf(invocationOf(command, ['--quiet=yes'])), /does not take an argument/);
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
