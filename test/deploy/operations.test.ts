import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadConfig } from '../../src/config/loading/load.ts';
import { ConfigSchema } from '../../src/config/settings/schema.ts';
import { settingsOf } from '../../src/config/settings/settings.ts';
import { repository } from './manifests.ts';

const guide = readFileSync(join(repository, 'docs/operations.md'), 'utf8');

/** Options of `docker run` by name, and the image that ends them. */
function dockerRun(): { readonly given: (name: string) => string[]; readonly image: string } {
  const line = /^ {4}docker run (.*)$/m.exec(guide)?.[1] ?? '';
  const words = line.match(/(?:"[^"]*"|\S)+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  return {
    given: (name) => words.flatMap((word, index) => (word === name ? [words[index + 1] ?? ''] : [])),
    image: words.at(-1) ?? '',
  };
}

suite('the line that runs the image', () => {
  const { given, image } = dockerRun();
  const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');

  test('configures what the program understands, and publishes reports to this machine alone', async () => {
    const env = Object.fromEntries(given('-e').map((it) => it.split('=', 2)));
    const loaded = await loadConfig({ env, readFile: async () => 'a statement' });
    assert.ok('config' in loaded, JSON.stringify(loaded));
    const { listen, softwareStatementFile, shutdown } = loaded.config;
    assert.deepEqual(given('-p'), [`127.0.0.1:${listen.port}:${listen.port}`]);
    assert.ok(Number(given('--stop-timeout')) > shutdown.graceMs / 1000);
    assert.ok(given('-v').includes(`$PWD/software-statement.txt:${softwareStatementFile}:ro`));
    assert.equal(image, 'cmu-proxy');
  });

  test('keeps the state on the volume that the image has', () => {
    const [, volume] = /^VOLUME \["(.+)"\]$/m.exec(dockerfile) ?? [];
    assert.ok(given('-v').includes(`cmu-proxy-state:${volume}`));
  });
});

suite('docs/operations.md', () => {
  test('names only settings that there are', () => {
    const known = new Set(settingsOf(ConfigSchema).map(({ variable }) => variable));
    const named = [...new Set(guide.match(/CMU_PROXY_[A-Z_]*[A-Z]/g))];
    assert.ok(named.length > 8);
    assert.deepEqual(
      named.filter((variable) => !known.has(variable)),
      [],
    );
  });
});
