import type { Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import type { Principal } from '../../identity/principal.ts';
import { HubError, SOCKET_PATH } from '../contract/index.ts';
import type { Bus } from '../bus/index.ts';
import { Connection, type Call } from './connection.ts';
import { isAllowedOrigin } from './origin.ts';

export type { Call } from './connection.ts';

/**
 * engine.io ends a connection above this without a word; our own limit is far lower and answers with
 * `message_too_large`, so this one is only for what nobody would send by mistake.
 */
const MAX_FRAME_BYTES = 2 * 1024 * 1024;

/** How long a socket may outlive its session. */
const RECHECK_MS = 60_000;

export interface SignalingServer {
  /** Ends every connection of a person or box, e.g. when it was revoked. */
  disconnectPrincipal(principalId: string): void;
  connectionCount(): number;
  /** Rooms that somebody connected here is in, or waits before. */
  roomIds(): string[];
  close(): Promise<void>;
}

/** Puts the hub's socket on an HTTP server. Who is not authenticated is refused at the handshake. */
export function attachSignaling(options: {
  httpServer: HttpServer;
  bus: Bus;
  authenticate(credentials: {
    cookie: string | undefined;
    token: string | undefined;
  }): Promise<Principal | null>;
  dispatch(call: Call): Promise<unknown>;
  onDisconnect(connection: { principal: Principal; connectionId: string; roomIds: string[] }): void;
  /** The public origin when a proxy stands before the hub. */
  allowedOrigin?: string | undefined;
  log: Logger;
}): SignalingServer {
  const { httpServer, bus, log } = options;
  const io = new Server(httpServer, {
    path: SOCKET_PATH,
    serveClient: false,
    maxHttpBufferSize: MAX_FRAME_BYTES,
    // In development Vite's own socket lives on the same server.
    destroyUpgrade: false,
    pingInterval: 5000,
    pingTimeout: 8000,
  });
  const connections = new Map<string, Connection>();
  const recheckTimer = setInterval(() => void recheck(), RECHECK_MS);

  /** A cookie's session may have ended since the handshake. Boxes hold tokens of minutes and are told when revoked. */
  async function recheck(): Promise<void> {
    for (const connection of connections.values()) {
      if (connection.principal.kind === 'box') continue;
      try {
        if (!(await options.authenticate({ cookie: connection.cookie, token: undefined })))
          connection.close();
      } catch {
        return; // The database is away: nobody is sent out of a meeting for that.
      }
    }
  }

  io.use((socket, next) => {
    const { headers, auth } = socket.handshake;
    const token = typeof auth['token'] === 'string' ? auth['token'].slice(0, 4096) : undefined;
    const refuse = (error: HubError) => {
      const { code, message } = error;
      next(Object.assign(new Error(message), { data: { code, message } }));
    };
    // A cookie comes along from any page; a token only from who has it.
    if (!token && !isAllowedOrigin(headers, options.allowedOrigin)) return refuse(new HubError('forbidden'));
    options
      .authenticate({ cookie: headers.cookie, token })
      .then((principal) => {
        if (!principal) return refuse(new HubError('unauthenticated'));
        socket.data.principal = principal;
        next();
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'handshake failed');
        refuse(new HubError('unavailable'));
      });
  });

  io.on('connection', (socket) => {
    const principal = socket.data.principal as Principal;
    const { dispatch } = options;
    const tellGone = (connection: Connection, roomIds: string[]): void => {
      connections.delete(connection.id);
      options.onDisconnect({ principal, connectionId: connection.id, roomIds });
    };
    const connection = new Connection(socket, principal, { bus, dispatch, tellGone, log });
    connections.set(connection.id, connection);
  });

  bus.onConnectionNotice((connectionId, notice) => connections.get(connectionId)?.notify(notice));
  bus.onPrincipalNotice((principalId, notice) => {
    for (const connection of connections.values()) {
      if (connection.principal.principalId === principalId) connection.notify(notice);
    }
  });

  return {
    disconnectPrincipal(principalId) {
      for (const connection of connections.values()) {
        if (connection.principal.principalId === principalId) connection.close();
      }
    },
    connectionCount: () => connections.size,
    roomIds: () => [...new Set([...connections.values()].flatMap((connection) => connection.roomIds))],
    async close() {
      clearInterval(recheckTimer);
      io.disconnectSockets(true);
      // Not io.close(): that would close the HTTP server, which belongs to somebody else.
      io.engine.close();
    },
  };
}
