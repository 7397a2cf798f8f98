import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

// The fields that the Pod Security Standards name; all others are kept and not looked at.
const optional = Type.Optional;
const Capabilities = Type.Object({
  add: optional(Type.Array(Type.String())),
  drop: optional(Type.Array(Type.String())),
});
const Profile = Type.Object({ type: Type.String() });
const SeLinux = Type.Object({
  type: optional(Type.String()),
  user: optional(Type.String()),
  role: optional(Type.String()),
});
const Common = {
  runAsNonRoot: optional(Type.Boolean()),
  runAsUser: optional(Type.Integer()),
  seccompProfile: optional(Profile),
  appArmorProfile: optional(Profile),
  seLinuxOptions: optional(SeLinux),
  windowsOptions: optional(Type.Object({ hostProcess: optional(Type.Boolean()) })),
};
const Handler = Type.Object({
  httpGet: optional(Type.Object({ host: optional(Type.String()) })),
  tcpSocket: optional(Type.Object({ host: optional(Type.String()) })),
});
const Container = Type.Object({
  name: Type.String(),
  ports: optional(Type.Array(Type.Object({ hostPort: optional(Type.Integer()) }))),
  livenessProbe: optional(Handler),
  readinessProbe: optional(Handler),
  startupProbe: optional(Handler),
  lifecycle: optional(Type.Object({ postStart: optional(Handler), preStop: optional(Handler) })),
  securityContext: optional(
    Type.Object({
      ...Common,
      privileged: optional(Type.Boolean()),
      allowPrivilegeEscalation: optional(Type.Boolean()),
      procMount: optional(Type.String()),
      capabilities: optional(Capabilities),
    }),
  ),
});
const PodSpec = Type.Object({
  hostNetwork: optional(Type.Boolean()),
  hostPID: optional(Type.Boolean()),
  hostIPC: optional(Type.Boolean()),
  securityContext: optional(
    Type.Object({ ...Common, sysctls: optional(Type.Array(Type.Object({ name: Type.String() }))) }),
  ),
  initContainers: optional(Type.Array(Container)),
  containers: Type.Array(Container),
  ephemeralContainers: optional(Type.Array(Container)),
  volumes: optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
});
type Container = Static<typeof Container>;

const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const SECCOMP = ['RuntimeDefault', 'Localhost'];
const APP_ARMOR = ['RuntimeDefault', 'Localhost'];
const SELINUX = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/**
 * What of a pod's specification breaks the *restricted* level of the Kubernetes Pod Security Standards (which contains *baseline*),
 * one line each; none means that a namespace with `pod-security.kubernetes.io/enforce: restricted` takes the pod.
 */
export function restrictedViolations(spec: unknown): string[] {
  const pod = Value.Parse(PodSpec, spec);
  const containers = [...(pod.initContainers ?? []), ...pod.containers, ...(pod.ephemeralContainers ?? [])];
  const violations: string[] = [];
  const forbid = (wrong: boolean, text: string) => {
    if (wrong) violations.push(text);
  };

  forbid(pod.hostNetwork === true, 'hostNetwork');
  forbid(pod.hostPID === true, 'hostPID');
  forbid(pod.hostIPC === true, 'hostIPC');
  forbid(pod.securityContext?.runAsNonRoot === false, 'pod: runAsNonRoot is false');
  for (const { name } of pod.securityContext?.sysctls ?? []) forbid(!SYSCTLS.has(name), `sysctl ${name}`);
  for (const { name, ...sources } of pod.volumes ?? []) {
    for (const source of Object.keys(sources)) forbid(!VOLUMES.has(source), `volume ${name}: ${source}`);
  }
  violations.push(...contextViolations('pod', pod.securityContext));
  for (const container of containers) {
    violations.push(...contextViolations(container.name, container.securityContext));
    violations.push(...containerViolations(container));
    const own = container.securityContext;
    forbid(
      !(own?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot ?? false),
      `${container.name}: runAsNonRoot is not true`,
    );
    forbid(
      (own?.seccompProfile ?? pod.securityContext?.seccompProfile) === undefined,
      `${container.name}: no seccompProfile`,
    );
  }
  return violations;
}

/** What may be said of a pod and of a container alike, and must not be wrong in either. */
function contextViolations(who: string, context: Container['securityContext']): string[] {
  if (context === undefined) return [];
  const { runAsUser, seccompProfile, appArmorProfile, seLinuxOptions, windowsOptions } = context;
  return [
    runAsUser === 0 && 'runAsUser is 0',
    seccompProfile !== undefined &&
      !SECCOMP.includes(seccompProfile.type) &&
      `seccomp ${seccompProfile.type}`,
    appArmorProfile !== undefined &&
      !APP_ARMOR.includes(appArmorProfile.type) &&
      `AppArmor ${appArmorProfile.type}`,
    seLinuxOptions !== undefined &&
      !SELINUX.includes(seLinuxOptions.type ?? '') &&
      `SELinux ${seLinuxOptions.type}`,
    (seLinuxOptions?.user ?? '') !== '' && 'SELinux user',
    (seLinuxOptions?.role ?? '') !== '' && 'SELinux role',
    windowsOptions?.hostProcess === true && 'hostProcess',
  ]
    .filter((text) => text !== false)
    .map((text) => `${who}: ${text}`);
}

function containerViolations(container: Container): string[] {
  const { name, ports = [], lifecycle, securityContext = {} } = container;
  const { privileged, allowPrivilegeEscalation, procMount, capabilities } = securityContext;
  const added = (capabilities?.add ?? []).filter((capability) => capability !== 'NET_BIND_SERVICE');
  const handlers = [
    container.livenessProbe,
    container.readinessProbe,
    container.startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  const hosts = handlers.map((handler) => handler?.httpGet?.host ?? handler?.tcpSocket?.host ?? '');
  return [
    privileged === true && 'privileged',
    allowPrivilegeEscalation !== false && 'allowPrivilegeEscalation is not false',
    !(capabilities?.drop ?? []).includes('ALL') && 'capabilities: ALL is not dropped',
    added.length > 0 && `capabilities: ${added.join(' ')} added`,
    procMount !== undefined && procMount !== 'Default' && `procMount ${procMount}`,
    ports.some(({ hostPort = 0 }) => hostPort !== 0) && 'hostPort',
    hosts.some((host) => host !== '') && 'a probe of another host',
  ]
    .filter((text) => text !== false)
    .map((text) => `${name}: ${text}`);
}
