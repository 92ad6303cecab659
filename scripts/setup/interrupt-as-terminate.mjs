// Loaded into Vite's server: Vite closes in order on SIGTERM only, and Ctrl-C would leave the hub's servers behind.
import process from 'node:process';

process.on('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
