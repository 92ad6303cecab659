import { z } from 'zod';
import {
  NOTICES,
  REQUESTS,
  REQUEST_TYPES,
  ROOM_EVENTS,
  SOCKET_PATH,
  ERRORS,
} from '../../src/lib/signaling/contract/index.ts';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, { unrepresentable: 'any', io, target: 'draft-7' });

/** The socket's contract as AsyncAPI 3.0, for other languages and tools. */
export function asyncApi(): object {
  const requests = Object.fromEntries(
    REQUEST_TYPES.flatMap((type) => [
      [`${type}.request`, { name: type, payload: schemaOf(REQUESTS[type].request, 'input') }],
      [`${type}.answer`, { name: type, payload: schemaOf(REQUESTS[type].response, 'output') }],
    ]),
  );
  const told = (kind: string, schemas: Record<string, z.ZodType>) =>
    Object.fromEntries(
      Object.entries(schemas).map(([type, schema]) => [
        `${type}.${kind}`,
        { name: type, payload: schemaOf(schema, 'output') },
      ]),
    );
  const messages = { ...requests, ...told('event', ROOM_EVENTS), ...told('notice', NOTICES) };
  const reference = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'RUI Hub signalling',
      version: '1',
      description: `socket.io 4 at ${SOCKET_PATH}. Error codes: ${Object.keys(ERRORS).join(', ')}.`,
      license: { name: 'Apache-2.0' },
    },
    channels: {
      socket: {
        address: SOCKET_PATH,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: Object.fromEntries([
      ...REQUEST_TYPES.map((type) => [
        type,
        {
          action: 'receive',
          channel: { $ref: '#/channels/socket' },
          messages: [reference(`${type}.request`)],
          reply: { channel: { $ref: '#/channels/socket' }, messages: [reference(`${type}.answer`)] },
        },
      ]),
      ...[
        ...Object.keys(ROOM_EVENTS).map((type) => `${type}.event`),
        ...Object.keys(NOTICES).map((type) => `${type}.notice`),
      ].map((name) => [
        name,
        { action: 'send', channel: { $ref: '#/channels/socket' }, messages: [reference(name)] },
      ]),
    ]),
    components: { messages },
  };
}
