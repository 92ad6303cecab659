// Loaded into the hub by the start script: when that is killed, the hub stops in order instead of living on unseen.
import process from 'node:process';

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref(); // listening alone must not keep the hub from ending
