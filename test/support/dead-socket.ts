import { spawnSync } from 'node:child_process';

const LISTEN_AND_DIE = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;

/** Leaves a Unix domain socket as a process does that is killed: a name that nobody listens on. */
export const leaveDeadSocket = (path: string): void => {
  spawnSync(process.execPath, ['-e', LISTEN_AND_DIE, path], { stdio: 'ignore' });
};
