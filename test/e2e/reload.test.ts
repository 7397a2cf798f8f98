import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/e2e-world.ts';
import { call } from '../support/http-client.ts';
import { runServe } from '../support/running-process.ts';
import { brands, type ServiceWorld, startServiceWorld } from '../support/service-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';
import { LOOPBACK } from '../support/tls-identities.ts';

const STATEMENTS = ['a', 'b', 'c'] as const;

/** Which outcomes there were. How often is not told: the watch may notice a change that is read anyway. */
const outcomes = (world: ServiceWorld) => ({
  applied: world.logged('config.reloaded').length > 0,
  refused: world.logged('config.refused').length > 0,
});

describe('A reload', () => {
  test('adds a client and a route', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.get('/a/cmu/v2/year');
    assert.equal((await world.get('/b/cmu/v2/year')).status, 404);
    await world.reload(brands('a', 'b'));
    assert.equal((await world.get('/b/cmu/v2/year')).status, 200);
    assert.equal(world.sandbox.counts.register, 2);
  });

  test('removes them', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a', 'b') });
    await world.get('/b/cmu/v2/year');
    await world.reload(brands('a'));
    assert.equal((await world.get('/b/cmu/v2/year')).status, 404);
    const { clients, routes } = Object((await world.admin('/api/status')).json());
    assert.deepEqual([clients.length, routes.length], [1, 1]);
    assert.doesNotMatch((await world.admin('/metrics')).text, /cmu_proxy_token_state\{client="b"/);
  });

  test('leaves what has not changed its token, its connections and its stored reports', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.get('/a/cmu/v2/year');
    await world.reload(brands('a', 'b'));
    await world.reload(brands('a'));
    assert.match((await world.get('/a/cmu/v2/year')).header('cache-status') ?? '', /hit/);
    const { counts } = Object((await world.admin('/api/status')).json()).clients[0].token;
    assert.equal(counts.tokenRequests, 1);
  });

  test('gives a changed route nothing of what was stored for it before', async () => {
    const route = (client: string, prefix = '/r') =>
      `${brands('a', 'b').split('routes:')[0]}routes: [{ name: r, prefix: ${prefix}, client: ${client} }]`;
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: route('a') });
    const cacheStatus = async (path: string) => (await world.get(path)).header('cache-status') ?? '';
    await world.get('/r/year');
    await world.reload(route('b'));
    assert.match(await cacheStatus('/r/year'), /fwd=uri-miss/);
    await world.reload(route('a'));
    assert.match(await cacheStatus('/r/year'), /hit/);
    await world.reload(route('a', '/s'));
    assert.match(await cacheStatus('/s/year'), /fwd=uri-miss/);
  });

  test('with another statement for a client registers with it', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.get('/a/cmu/v2/year');
    await world.reload(brands('a').replace('DIR/a.txt', 'DIR/b.txt'));
    await until(() => world.sandbox.counts.register === 2);
    assert.equal((await world.get('/a/cmu/v2/year?limit=1')).status, 200);
  });

  test('with another statement stores no report of the old one for the new', async () => {
    await using world = await startServiceWorld({
      statements: STATEMENTS,
      yaml: brands('a'),
      sandbox: { tenants: ['one', 'two'] },
      before: ({ control }) => {
        control.setApplication('a', { tenants: ['one'] });
        control.setApplication('b', { tenants: ['two'] });
      },
    });
    const path = '/a/cmu/v2/year/month/day/tenant?limit=5';
    const old = (await world.get(path)).text;
    const undo = world.sandbox.control.addLatency(300, { on: 'register' });
    await world.reload(brands('a').replace('DIR/a.txt', 'DIR/b.txt'));
    // The old token serves until the new one is there.
    const meanwhile = await world.get(`${path}&metrics=started-sessions`);
    assert.equal(meanwhile.status, 200);
    await until(() => world.sandbox.counts.token === 2);
    undo();
    await until(async () => (await world.get(path)).text !== old);
    assert.notEqual((await world.get(`${path}&metrics=started-sessions`)).text, meanwhile.text);
  });

  test('with other settings of a client changes over when the new one has its token', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.get('/a/cmu/v2/year');
    await world.reload(`${brands('a').replace('a.txt }', 'a.txt, dcr: { deviceInfo: { model: x } } }')}`);
    assert.equal((await world.get('/a/cmu/v2/year?limit=1')).status, 200);
    assert.deepEqual(outcomes(world), { applied: true, refused: false });
    // Credentials and token belong to the statement: they were taken over.
    assert.deepEqual([world.sandbox.counts.register, world.sandbox.counts.token], [1, 1]);
  });

  test('lets a request end on the route that it began with', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a', 'b') });
    await world.get('/b/cmu/v2/year');
    const undo = world.sandbox.control.addLatency(300, { on: 'report' });
    const inFlight = world.get('/b/cmu/v2/year?limit=3');
    await until(() => world.sandbox.counts.report === 2);
    await world.reload(brands('a'));
    undo();
    assert.equal((await world.get('/b/cmu/v2/year')).status, 404);
    assert.equal((await inFlight).status, 200);
  });

  test('lets a request that waits for the first token of its client have it, though the client goes', async () => {
    await using world = await startServiceWorld({
      statements: STATEMENTS,
      yaml: brands('a', 'b'),
      before: ({ control }) => void control.addLatency(300, { on: 'token' }),
    });
    const waiting = world.get('/b/cmu/v2/year');
    await until(async () => /requests_in_flight 1$/m.test((await world.admin('/metrics')).text));
    await world.reload(brands('a'));
    assert.equal((await waiting).status, 200);
  });

  test('names what takes effect with the next start only, and takes up the rest', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.reload(
      `listen: { port: 1, maxConnections: 5 }
admin: { port: 0 }
dcr: { url: SANDBOX }
upstream: { url: SANDBOX }
state: { dir: DIR/other }
cache: { maxBytes: 1000000 }${brands('a', 'b')}`,
    );
    const [warned] = world.logged('config.needs-restart');
    assert.deepEqual(warned?.['keys'], [
      'listen.port',
      'listen.maxConnections',
      'state.dir',
      'cache.maxBytes',
    ]);
    assert.equal((await world.get('/b/cmu/v2/year')).status, 200);
  });
});

describe('A configuration that is wrong', () => {
  const wrong = brands('a', 'b').replace('client: b', 'client: nobody').replace('/a/cmu/v2', '/a/');

  test('is refused with all its mistakes, and the one before stays', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.reload(wrong);
    const [refused] = world.logged('config.refused');
    const mistakes = String(refused?.['mistakes']);
    assert.match(mistakes, /routes\[0\]\.prefix/);
    assert.match(mistakes, /routes\[1\]\.client .*given "nobody"/);
    assert.equal((await world.get('/a/cmu/v2/year')).status, 200);
    assert.equal((await world.get('/b/cmu/v2/year')).status, 404);
  });

  test('is told by metrics and status until one is taken up', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    const metric = async (name: string) =>
      new RegExp(`^cmu_proxy_config_${name} (\\S+)$`, 'm').exec((await world.admin('/metrics')).text)?.[1];
    const before = Number(await metric('last_reload_success_timestamp_seconds'));
    await world.reload(wrong);
    assert.equal(await metric('last_reload_successful'), '0');
    assert.equal(Number(await metric('last_reload_success_timestamp_seconds')), before);
    assert.equal(Object((await world.admin('/api/status')).json()).config.lastReload, 'refused');
    await world.reload(brands('a'));
    assert.equal(await metric('last_reload_successful'), '1');
    assert.ok(Number(await metric('last_reload_success_timestamp_seconds')) > before);
    assert.ok(Number(await metric('reloads_total\\{outcome="refused"\\}')) > 0);
  });

  for (const [what, spoil] of [
    ['a statement that is not there', (it: string) => it.replace('DIR/b.txt', 'DIR/none.txt')],
    ['the same statement twice', (it: string) => it.replace('DIR/b.txt', 'DIR/copy.txt')],
    [
      'a certificate file that is none',
      (it: string) =>
        `${it}\nshutdown: { graceMs: 1 }\n`.replace('b.txt }', 'b.txt, dcr: { caFile: DIR/a.txt } }'),
    ],
    ['no YAML', () => 'listen: [\n'],
  ] as const) {
    test(`is refused as a whole: ${what}`, async () => {
      await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
      // Byte for byte: another one, made in another second, is another statement.
      await copyFile(world.folder.file('a.txt'), world.folder.file('copy.txt'));
      await world.reload(spoil(brands('a', 'b')));
      assert.deepEqual(outcomes(world), { applied: false, refused: true });
      assert.equal((await world.get('/a/cmu/v2/year')).status, 200);
      assert.equal(world.proxy.config.shutdown.graceMs, 10_000);
    });
  }
});

describe('A changed file is noticed', () => {
  test('when it is written anew', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.write(brands('a', 'b'), 'in place');
    await until(async () => (await world.get('/b/cmu/v2/year')).status === 200);
    assert.deepEqual(outcomes(world), { applied: true, refused: false });
  });

  test('when another takes its place', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.write(brands('a', 'b'));
    await until(async () => (await world.get('/b/cmu/v2/year')).status === 200);
  });

  test('when it is one that the configuration names: a statement', async () => {
    await using world = await startServiceWorld({ statements: STATEMENTS, yaml: brands('a') });
    await world.get('/a/cmu/v2/year');
    await writeFile(world.folder.file('a.txt'), '<html>');
    await until(() => world.logged('config.refused').length === 1);
    assert.equal((await world.get('/a/cmu/v2/year?limit=1')).status, 200);
    await writeFile(world.folder.file('a.txt'), await world.sandbox.statement('b'));
    await until(() => world.sandbox.counts.register === 2);
    assert.equal((await world.get('/a/cmu/v2/year?limit=2')).status, 200);
  });

  test('when it is one that the configuration names: an authority', async () => {
    await using folder = await temporaryFolder();
    await writeFile(folder.file('ca.pem'), LOOPBACK.cert);
    const yaml = `upstream: { url: SANDBOX, caFile: ${folder.file('ca.pem')} }\n${brands('a')}`;
    await using world = await startServiceWorld({
      statements: STATEMENTS,
      yaml: `listen: { port: 0 }
admin: { port: 0 }
dcr: { url: SANDBOX }
state: { dir: DIR/state }
${yaml}`,
    });
    await writeFile(folder.file('ca.pem'), 'none');
    await until(() => world.logged('config.refused').length === 1);
    assert.match(JSON.stringify(world.logged('config.refused')), /upstream\.caFile/);
  });
});

/** Calls in turn, without a pause, until `stop`. @returns how often which status came, and what else went wrong */
const startLoad = (world: ServiceWorld, paths: readonly string[]) => {
  const outcomesSeen = new Map<string, number>();
  const load = { sent: 0, stopped: false };
  const caller = async (path: string): Promise<void> => {
    while (!load.stopped) {
      // Every other one goes upstream.
      const target = load.sent++ % 2 === 0 ? path : `${path}?limit=${load.sent}`;
      const outcome = await world.get(target).then(
        ({ status }) => String(status),
        (error: Error) => error.message,
      );
      outcomesSeen.set(outcome, (outcomesSeen.get(outcome) ?? 0) + 1);
      await delay(5);
    }
  };
  const callers = Promise.all(paths.map(caller));
  return {
    more: async (count: number) => {
      const enough = load.sent + count;
      await until(() => load.sent >= enough);
    },
    stop: async () => {
      load.stopped = true;
      await callers;
      return outcomesSeen;
    },
  };
};

test('ten reloads under load fail no request', async () => {
  await using world = await startServiceWorld({
    statements: STATEMENTS,
    yaml: brands('a', 'b'),
    sandbox: { throttle: false },
  });
  const [plain, more] = [brands('a', 'b'), brands('a', 'b', 'c')];
  const changed = plain.replace('b.txt }', 'b.txt, dcr: { deviceInfo: { model: x } } }');
  const moved = plain.replace('client: b }', 'client: b, upstream: { maxConnections: 7 } }');
  const swapped = plain
    .replace('client: a }', 'client: x }')
    .replace('client: b }', 'client: a }')
    .replace('client: x }', 'client: b }');
  const wrong = plain.replace('client: b', 'client: x');

  const load = startLoad(
    world,
    ['year', 'year/month'].flatMap((path) => [`/a/cmu/v2/${path}`, `/b/cmu/v2/${path}`]),
  );
  let seen: ReadonlyMap<string, number>;
  try {
    for (const yaml of [more, plain, changed, wrong, moved, plain, swapped, changed, more, plain]) {
      const before = {
        applied: world.logged('config.reloaded').length,
        refused: world.logged('config.refused').length,
      };
      await world.reload(yaml);
      assert.ok(
        yaml === wrong
          ? world.logged('config.refused').length > before.refused
          : world.logged('config.reloaded').length > before.applied,
        yaml,
      );
      await load.more(50);
    }
  } finally {
    seen = await load.stop();
  }
  assert.deepEqual([...seen.keys()], ['200'], JSON.stringify([...seen]));
  assert.ok((seen.get('200') ?? 0) > 500);
});

test('SIGHUP has the configuration read, and a process that refuses it goes on', async () => {
  await using folder = await temporaryFolder();
  await using opened = new AsyncDisposableStack();
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  await writeFile(folder.file('a.txt'), await sandbox.statement('a'));
  const write = (prefix: string) =>
    writeFile(
      folder.file('proxy.yaml'),
      `softwareStatementFile: ${folder.file('a.txt')}\nroutes: [{ name: r, prefix: ${prefix} }]\n`,
    );
  await write('/one');
  const settings = {
    ...{ LISTEN_PORT: '0', ADMIN_PORT: '0', STATE_DIR: folder.path, CONFIG: folder.file('proxy.yaml') },
    ...{ DCR_URL: sandbox.url, UPSTREAM_URL: sandbox.url },
  };
  const process = opened.use(await runServe({ settings }));
  const { origin } = new URL(process.url);
  assert.equal((await call(`${origin}/one/year`)).status, 200);
  await write('/two');
  process.child.kill('SIGHUP');
  await process.waitFor(/"event":"config.reloaded"/);
  assert.equal((await call(`${origin}/two/year`)).status, 200);
  await write('two');
  process.child.kill('SIGHUP');
  await process.waitFor(/"event":"config.refused"/);
  assert.equal((await call(`${origin}/two/year`)).status, 200);
  assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null });
});
