import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { restrictedViolations } from './pod-security.ts';

const secure = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
const pod = (container: object, rest: object = {}) => ({
  containers: [{ name: 'c', securityContext: { ...secure, ...container } }],
  ...rest,
});

suite('the restricted level of the Pod Security Standards', () => {
  test('lets a container pass that says all that is asked for', () => {
    assert.deepEqual(restrictedViolations(pod({})), []);
  });

  test('takes the user and the seccomp profile from the pod where the container says nothing', () => {
    const spec = {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost' } },
      containers: [
        { name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ],
    };
    assert.deepEqual(restrictedViolations(spec), []);
  });

  test('wants it said: a container without a word breaks four rules', () => {
    assert.deepEqual(restrictedViolations({ containers: [{ name: 'c' }] }), [
      'c: allowPrivilegeEscalation is not false',
      'c: capabilities: ALL is not dropped',
      'c: runAsNonRoot is not true',
      'c: no seccompProfile',
    ]);
  });

  const table: [spec: object, violation: string][] = [
    [pod({ runAsNonRoot: false }), 'c: runAsNonRoot is not true'],
    [pod({}, { securityContext: { runAsNonRoot: false } }), 'pod: runAsNonRoot is false'],
    [pod({ runAsUser: 0 }), 'c: runAsUser is 0'],
    [pod({}, { securityContext: { runAsUser: 0 } }), 'pod: runAsUser is 0'],
    [pod({ privileged: true }), 'c: privileged'],
    [pod({ allowPrivilegeEscalation: true }), 'c: allowPrivilegeEscalation is not false'],
    [pod({ capabilities: { drop: ['KILL'] } }), 'c: capabilities: ALL is not dropped'],
    [
      pod({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }),
      'c: capabilities: CHOWN added',
    ],
    [pod({ seccompProfile: { type: 'Unconfined' } }), 'c: seccomp Unconfined'],
    [pod({ appArmorProfile: { type: 'Unconfined' } }), 'c: AppArmor Unconfined'],
    [pod({ seLinuxOptions: { type: 'spc_t' } }), 'c: SELinux spc_t'],
    [pod({ seLinuxOptions: { role: 'sysadm_r' } }), 'c: SELinux role'],
    [pod({ procMount: 'Unmasked' }), 'c: procMount Unmasked'],
    [pod({}, { hostNetwork: true }), 'hostNetwork'],
    [pod({}, { hostPID: true }), 'hostPID'],
    [pod({}, { hostIPC: true }), 'hostIPC'],
    [pod({}, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'volume v: hostPath'],
    [pod({}, { volumes: [{ name: 'v', nfs: {} }] }), 'volume v: nfs'],
    [pod({}, { securityContext: { sysctls: [{ name: 'kernel.msgmax' }] } }), 'sysctl kernel.msgmax'],
    [{ containers: [{ name: 'c', securityContext: secure, ports: [{ hostPort: 80 }] }] }, 'c: hostPort'],
    [
      {
        containers: [
          { name: 'c', securityContext: secure, livenessProbe: { httpGet: { host: '169.254.169.254' } } },
        ],
      },
      'c: a probe of another host',
    ],
  ];
  for (const [spec, violation] of table) {
    test(`is broken by ${violation}`, () => assert.deepEqual(restrictedViolations(spec), [violation]));
  }

  test('judges init containers, sidecars among them, and ephemeral ones as well', () => {
    const bad = [{ name: 'bad', securityContext: { ...secure, privileged: true } }];
    assert.deepEqual(restrictedViolations({ ...pod({}), initContainers: bad }), ['bad: privileged']);
    assert.deepEqual(restrictedViolations({ ...pod({}), ephemeralContainers: bad }), ['bad: privileged']);
  });
});
