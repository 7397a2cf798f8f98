import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { prometheusRule } from '../../scripts/prometheus-rule.ts';
import { loadConfig } from '../../src/config/loading/load.ts';
import {
  at,
  listAt,
  type Manifest,
  readVersion,
  renderManifests,
  repository,
  withoutKubectl,
} from './manifests.ts';
import { restrictedViolations } from './pod-security.ts';
import { schemaMistakes } from './published-schema.ts';

const readFile = async (path: string) =>
  path.endsWith('redis-url') ? 'rediss://redis.internal:6380' : 'a statement';
const STATE = '/var/lib/cmu-proxy';

const OVERLAYS = ['sidecar', 'shared', 'shared-redis'] as const;
const rendered = new Map<string, Manifest[]>(
  [...OVERLAYS.map((name) => `overlays/${name}`), 'monitoring'].map((folder) => [
    folder,
    renderManifests(folder),
  ]),
);
const objects = (folder: string): Manifest[] => rendered.get(folder) ?? [];

/** The only object of a kind in an overlay. */
function only(overlay: string, kind: string): Manifest {
  const found = objects(`overlays/${overlay}`).filter((it) => it.kind === kind);
  assert.equal(found.length, 1, `one ${kind} in ${overlay}`);
  const [it] = found;
  assert.ok(it);
  return it;
}

/** The NetworkPolicy of a name. */
function policy(overlay: string, name: string): Manifest {
  const found = objects(`overlays/${overlay}`).find(
    (it) => it.kind === 'NetworkPolicy' && it.metadata.name === name,
  );
  assert.ok(found, name);
  return found;
}

const podSpec = (folder: string): unknown => at(only(folder, 'Deployment'), 'spec.template.spec');

/** The container of cmu-proxy, which is an init container where it is a sidecar. */
function proxyContainer(folder: string): unknown {
  const containers = [
    ...listAt(podSpec(folder), 'initContainers'),
    ...listAt(podSpec(folder), 'containers'),
  ].filter((container) => at(container, 'name') === 'cmu-proxy');
  assert.equal(containers.length, 1);
  return containers[0];
}

/** The variables of a container in the namespace `reports`, references to each other resolved. */
function environment(container: unknown): Record<string, string> {
  const variables = listAt(container, 'env').map((it): [string, string] => {
    const fromField = at(it, 'valueFrom.fieldRef.fieldPath') === 'metadata.namespace';
    return [String(at(it, 'name')), fromField ? 'reports' : String(at(it, 'value'))];
  });
  const given = new Map(variables);
  const resolve = (text: string) =>
    text.replaceAll(/\$\((\w+)\)/g, (whole, name) => given.get(name) ?? whole);
  return Object.fromEntries(variables.map(([name, value]) => [name, resolve(value)]));
}

suite('config/kubernetes', { skip: withoutKubectl }, () => {
  for (const [folder, manifests] of rendered) {
    for (const manifest of manifests)
      test(`${folder}: ${manifest.kind} ${manifest.metadata.name} is as its kind is published`, async () => {
        assert.deepEqual(await schemaMistakes(manifest), []);
      });
  }

  test('the alerts of the Prometheus operator are those of Prometheus', () => {
    const read = (path: string) => readFileSync(join(repository, 'config', path), 'utf8');
    assert.equal(
      read('kubernetes/monitoring/prometheus-rule.yaml'),
      prometheusRule(read('prometheus/alerts.yaml')),
    );
  });
});

for (const folder of OVERLAYS) {
  suite(`config/kubernetes/overlays/${folder}`, { skip: withoutKubectl }, () => {
    test('is taken by a namespace that enforces the restricted level', () => {
      assert.deepEqual(restrictedViolations(podSpec(folder)), []);
    });

    test('runs the image of this version', () => {
      assert.equal(String(at(proxyContainer(folder), 'image')).split(':')[1], readVersion());
    });

    test('configures what the program understands, at the ports that everything else names', async () => {
      const loaded = await loadConfig({ env: environment(proxyContainer(folder)), readFile });
      assert.ok('config' in loaded, JSON.stringify(loaded));
      const { listen, admin } = loaded.config;
      assert.deepEqual([listen.port, admin.host, admin.port], [8080, '0.0.0.0', 9901]);
    });

    test('gives the process nothing to write to but its state', () => {
      const container = proxyContainer(folder);
      assert.equal(at(container, 'securityContext.readOnlyRootFilesystem'), true);
      const writable = listAt(container, 'volumeMounts').filter((mount) => at(mount, 'readOnly') !== true);
      assert.deepEqual(
        writable.map((mount) => at(mount, 'mountPath')),
        [STATE],
      );
    });

    test('mounts the statement as a folder, as a mount by subPath would never see a new one', () => {
      const mounts = listAt(proxyContainer(folder), 'volumeMounts');
      const mount = mounts.find((it) => at(it, 'name') === 'statement');
      assert.equal(at(mount, 'mountPath'), '/run/secrets/cmu-proxy');
      assert.equal(at(mount, 'subPath'), undefined);
    });

    test('keeps the credentials off the node’s disk', () => {
      const volumes = listAt(podSpec(folder), 'volumes').map((volume) => at(volume, 'emptyDir'));
      assert.deepEqual(
        volumes.filter((volume) => volume !== undefined),
        [{ medium: 'Memory', sizeLimit: '1Mi' }],
      );
    });

    test('limits memory, of which the heap takes a share', () => {
      assert.match(String(at(proxyContainer(folder), 'resources.limits.memory')), /^\d+Mi$/);
    });

    test('restarts what is dead, and sends callers only to what is ready', () => {
      const container = proxyContainer(folder);
      const paths = ['startup', 'liveness', 'readiness'].map((it) =>
        at(container, `${it}Probe.httpGet.path`),
      );
      assert.deepEqual(paths, ['/livez', '/livez', '/readyz']);
    });

    test('gives it no token of the cluster and no variables of other Services', () => {
      assert.equal(at(podSpec(folder), 'automountServiceAccountToken'), false);
      assert.equal(at(podSpec(folder), 'enableServiceLinks'), false);
    });

    test('leaves it more time to stop than its own grace', async () => {
      const loaded = await loadConfig({ env: {}, readFile });
      assert.ok('config' in loaded);
      const script = listAt(proxyContainer(folder), 'lifecycle.preStop.exec.command').join(' ');
      const pause = Number(/setTimeout\(\(\) => \{\}, (\d+)\)/.exec(script)?.[1] ?? 0) / 1000;
      const grace = loaded.config.shutdown.graceMs / 1000;
      assert.ok(Number(at(podSpec(folder), 'terminationGracePeriodSeconds')) > pause + grace);
    });

    test('stops in a way that Kubernetes 1.29 knows: `sleep` came with 1.30', () => {
      assert.equal(at(proxyContainer(folder), 'lifecycle.preStop.sleep'), undefined);
    });

    test('its pods are those that the policies and Prometheus look for', () => {
      const labels = at(only(folder, 'Deployment'), 'spec.template.metadata.labels');
      const [monitor] = objects('monitoring').filter(({ kind }) => kind === 'PodMonitor');
      const policies = objects(`overlays/${folder}`).filter(({ kind }) => kind === 'NetworkPolicy');
      const selectors = policies.map((it) => at(it, 'spec.podSelector.matchLabels'));
      assert.ok(selectors.length > 0);
      for (const selector of [...selectors, at(monitor, 'spec.selector.matchLabels')])
        for (const [name, value] of Object.entries(Object(selector)))
          assert.equal(Object(labels)[name], value, name);
      const ports = listAt(proxyContainer(folder), 'ports').map((port) => at(port, 'name'));
      assert.ok(ports.includes(at(monitor, 'spec.podMetricsEndpoints.0.port')));
    });

    test('lets only Prometheus at the private listener', () => {
      const rules = objects(`overlays/${folder}`)
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .flatMap((it) => listAt(it, 'spec.ingress'))
        .filter((rule) => listAt(rule, 'ports').some((port) => at(port, 'port') === 9901));
      assert.deepEqual(
        rules.map((rule) => at(rule, 'from')),
        [[{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]],
      );
    });

    const [LAN, NODE, METADATA, ADOBE] = ['10.96.0.10', '169.254.20.10', '169.254.169.254', '203.0.113.7'];
    const ways: [title: string, address: string, port: number, isOpen: boolean][] = [
      ['a name server of the cluster', 'pod', 53, true],
      ['one of OpenShift', 'pod', 5353, true],
      ['the cache of a node', NODE, 53, true],
      ['a resolver in a private network', LAN, 53, true],
      ['Redis in the cluster', 'pod', 6379, true],
      ['Redis with TLS in a private network', LAN, 6380, true],
      ['Sentinel', LAN, 26379, true],
      ['a collector of traces', 'pod', 4318, true],
      ['the egress proxy of a company', LAN, 3128, true],
      ['Adobe', ADOBE, 443, true],
      ['HTTPS in a private network', LAN, 443, false],
      ['HTTPS in the cluster', 'pod', 443, false],
      ['the metadata service of a cloud', METADATA, 80, false],
      ['the same by HTTPS', METADATA, 443, false],
      ['clear text on the Internet', ADOBE, 80, false],
      ['a name server on the Internet', ADOBE, 53, false],
    ];
    for (const [title, address, port, isOpen] of ways)
      test(`${isOpen ? 'lets it reach' : 'keeps it from'} ${title}: ${address}, port ${port}`, () => {
        assert.equal(mayReach(policy(folder, 'cmu-proxy'), address, port), isOpen);
      });
  });
}

/** What a NetworkPolicy says about one destination: an address, or `pod` for any pod of the cluster. */
function mayReach(it: Manifest, address: string, port: number): boolean {
  const isIn = (cidr: unknown) => {
    const [network = '', bits] = String(cidr).split('/');
    const list = new BlockList();
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
    return network.includes(':') === address.includes(':') && list.check(address);
  };
  const isMeant = (to: unknown) =>
    address === 'pod'
      ? at(to, 'namespaceSelector') !== undefined
      : isIn(at(to, 'ipBlock.cidr') ?? '::1/128') && !listAt(to, 'ipBlock.except').some(isIn);
  return listAt(it, 'spec.egress').some(
    (rule) =>
      listAt(rule, 'to').some(isMeant) && listAt(rule, 'ports').some((open) => at(open, 'port') === port),
  );
}

suite('the sidecar', { skip: withoutKubectl }, () => {
  test('is a native one: it starts before the application and stops after it', () => {
    const containers = listAt(podSpec('sidecar'), 'initContainers');
    assert.deepEqual(
      containers.map((container) => [at(container, 'name'), at(container, 'restartPolicy')]),
      [['cmu-proxy', 'Always']],
    );
  });

  test('answers only inside its pod', async () => {
    const loaded = await loadConfig({ env: environment(proxyContainer('sidecar')), readFile });
    assert.ok('config' in loaded);
    assert.equal(loaded.config.listen.host, '127.0.0.1');
  });
});

for (const form of ['shared', 'shared-redis']) {
  suite(`the ${form} form`, { skip: withoutKubectl }, () => {
    test('has a Service and a disruption budget that mean the Deployment’s pods', () => {
      const deployment = only(form, 'Deployment');
      const selector = at(deployment, 'spec.selector.matchLabels');
      assert.deepEqual(at(only(form, 'Service'), 'spec.selector'), selector);
      assert.deepEqual(at(only(form, 'PodDisruptionBudget'), 'spec.selector.matchLabels'), selector);
    });

    test('answers to every name of its Service', async () => {
      const loaded = await loadConfig({ env: environment(proxyContainer(form)), readFile });
      assert.ok('config' in loaded);
      const { name } = only(form, 'Service').metadata;
      assert.deepEqual(loaded.config.listen.allowedHosts, [
        name,
        `${name}.reports`,
        `${name}.reports.svc`,
        `${name}.reports.svc.cluster.local`,
      ]);
    });

    test('publishes the reports and not the private listener, to pods that say that they are callers', () => {
      const ports = listAt(only(form, 'Service'), 'spec.ports').map((port) => at(port, 'targetPort'));
      assert.deepEqual(ports, ['http']);
      assert.deepEqual(at(policy(form, 'cmu-proxy-callers'), 'spec.ingress.0.from'), [
        { namespaceSelector: {}, podSelector: { matchLabels: { 'cmu-proxy/client': 'true' } } },
      ]);
    });
  });
}

suite('how many replicas there are', { skip: withoutKubectl }, () => {
  test('shared: as few as docs/fleet.md lets go without Redis', () => {
    assert.equal(at(only('shared', 'Deployment'), 'spec.replicas'), 2);
  });

  test('shared-redis: what the autoscaler says, and the proxies know how many that can be', async () => {
    assert.equal(at(only('shared-redis', 'Deployment'), 'spec.replicas'), undefined);
    const autoscaler = only('shared-redis', 'HorizontalPodAutoscaler');
    assert.equal(
      at(autoscaler, 'spec.scaleTargetRef.name'),
      only('shared-redis', 'Deployment').metadata.name,
    );
    const loaded = await fleetConfig();
    const surge = Number(at(only('shared-redis', 'Deployment'), 'spec.strategy.rollingUpdate.maxSurge'));
    assert.equal(loaded.redis.replicas, Number(at(autoscaler, 'spec.maxReplicas')) + surge);
  });

  test('shared-redis: its replicas share state under a key, and reports', async () => {
    const { redis, state } = await fleetConfig();
    assert.ok(redis.reports.maxEntryBytes > 0);
    const folder = at(
      listAt(proxyContainer('shared-redis'), 'volumeMounts').find((it) => at(it, 'name') === 'fleet'),
      'mountPath',
    );
    assert.deepEqual([redis.urlFile, state.keyFile], [`${folder}/redis-url`, `${folder}/state-key`]);
  });
});

async function fleetConfig() {
  const loaded = await loadConfig({ env: environment(proxyContainer('shared-redis')), readFile });
  assert.ok('config' in loaded, JSON.stringify(loaded));
  return loaded.config;
}
