import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadConfig } from '../../src/config/loading/load.ts';
import { at, listAt, type Manifest, readManifests, readVersion } from './manifests.ts';
import { restrictedViolations } from './pod-security.ts';
import { schemaMistakes } from './published-schema.ts';

const readFile = async () => 'a statement';
const STATE = '/var/lib/cmu-proxy';

/** The only object of a kind in a folder. */
function only(folder: string, kind: string): Manifest {
  const found = readManifests(folder).filter(({ manifest }) => manifest.kind === kind);
  assert.equal(found.length, 1, `one ${kind} in ${folder}`);
  const [it] = found;
  assert.ok(it);
  return it.manifest;
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

for (const folder of ['sidecar', 'shared']) {
  suite(`config/kubernetes/${folder}`, () => {
    for (const { file, manifest } of readManifests(folder)) {
      test(`${file}: ${manifest.kind} is as Kubernetes publishes it`, async () => {
        assert.deepEqual(await schemaMistakes(manifest), []);
      });
    }

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
      const pause = Number(at(proxyContainer(folder), 'lifecycle.preStop.sleep.seconds') ?? 0);
      const grace = loaded.config.shutdown.graceMs / 1000;
      assert.ok(Number(at(podSpec(folder), 'terminationGracePeriodSeconds')) > pause + grace);
    });

    test('lets only Prometheus at the private listener', () => {
      const policy = only(folder, 'NetworkPolicy');
      const labels = at(only(folder, 'Deployment'), 'spec.template.metadata.labels');
      const selector = Object.entries(Object(at(policy, 'spec.podSelector.matchLabels')));
      assert.ok(selector.length > 0);
      for (const [name, value] of selector) assert.equal(Object(labels)[name], value);

      const rules = listAt(policy, 'spec.ingress').filter((rule) =>
        listAt(rule, 'ports').some((port) => at(port, 'port') === 9901),
      );
      assert.deepEqual(
        rules.map((rule) => at(rule, 'from')),
        [[{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]],
      );
    });

    test('lets it out to name servers and to HTTPS beyond private networks', () => {
      const out = listAt(only(folder, 'NetworkPolicy'), 'spec.egress');
      const ports = out.map((rule) => listAt(rule, 'ports').map((port) => at(port, 'port')));
      assert.deepEqual(ports, [[53, 53], [443]]);
      const excepted = listAt(out[1], 'to').flatMap((to) => listAt(to, 'ipBlock.except'));
      for (const range of ['10.0.0.0/8', '169.254.0.0/16', 'fc00::/7']) assert.ok(excepted.includes(range));
    });
  });
}

suite('the sidecar', () => {
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

suite('the shared form', () => {
  test('has a Service, an autoscaler and a disruption budget that mean the Deployment’s pods', () => {
    const deployment = only('shared', 'Deployment');
    const labels = at(deployment, 'spec.template.metadata.labels');
    assert.deepEqual(at(deployment, 'spec.selector.matchLabels'), labels);
    assert.deepEqual(at(only('shared', 'Service'), 'spec.selector'), labels);
    assert.deepEqual(at(only('shared', 'PodDisruptionBudget'), 'spec.selector.matchLabels'), labels);
    const target = at(only('shared', 'HorizontalPodAutoscaler'), 'spec.scaleTargetRef.name');
    assert.equal(target, deployment.metadata.name);
  });

  test('answers to every name of its Service', async () => {
    const loaded = await loadConfig({ env: environment(proxyContainer('shared')), readFile });
    assert.ok('config' in loaded);
    const { name } = only('shared', 'Service').metadata;
    assert.deepEqual(loaded.config.listen.allowedHosts, [
      name,
      `${name}.reports`,
      `${name}.reports.svc`,
      `${name}.reports.svc.cluster.local`,
    ]);
  });

  test('leaves the number of replicas to the autoscaler', () => {
    assert.equal(at(only('shared', 'Deployment'), 'spec.replicas'), undefined);
  });

  test('publishes the reports and not the private listener', () => {
    const ports = listAt(only('shared', 'Service'), 'spec.ports').map((port) => at(port, 'targetPort'));
    assert.deepEqual(ports, ['http']);
  });
});
