import { BlockList, isIP } from 'node:net';
import type { Problem } from '../proxy/answer/problem.ts';

/** What a connection to the private listener may reach besides health and metrics. */
export interface Access {
  /** Status, events, actions and the console. */
  readonly operations: boolean;
  readonly reports: boolean;
}

export interface AccessRules {
  /** What others than this machine may reach. */
  readonly expose: 'health' | 'all';
  /** The public listener can be reached from this machine alone. */
  readonly isPublicNear: boolean;
  /** A socket's file permissions or client certificates choose who may ask for reports. */
  readonly isGuardedByConnection: boolean;
  /** Reports are asked for with a caller's token, here too. */
  readonly asksForTokens: boolean;
}

/** Nobody gets a report here whom the public listener would not give it to. */
export const accessOf = (isNear: boolean, rules: AccessRules): Access => {
  const operations = isNear || rules.expose === 'all';
  const isAsGuarded = isNear || rules.asksForTokens || !rules.isPublicNear;
  return { operations, reports: operations && isAsGuarded && !rules.isGuardedByConnection };
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a connection stays on this machine, whatever address is listened on: both its ends are on loopback. */
export const isNear = (socket: {
  readonly localAddress?: string | undefined;
  readonly remoteAddress?: string | undefined;
}): boolean => isLoopbackAddress(socket.localAddress) && isLoopbackAddress(socket.remoteAddress);

/** An IPv4 address may come as one of IPv6 (`::ffff:127.0.0.1`); the block list knows it either way. */
const isLoopbackAddress = (address = ''): boolean => {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

export const notExposed: Problem = {
  status: 403,
  name: 'not-exposed',
  title: 'Only health and metrics are served to other machines',
  detail:
    'Reports, status, actions and the console are for this machine: call the private listener on loopback (in Kubernetes by `kubectl port-forward`). `admin.expose: all` serves them to whoever reaches the listener.',
};
