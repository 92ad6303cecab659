/** Redis keys and channels. `{…}` keeps the keys of a room in one slot, should Redis ever be a cluster. */
export const keys = {
  lease: (roomId: string) => `rui:{${roomId}}:lease`,
  epoch: (roomId: string) => `rui:{${roomId}}:epoch`,
  log: (roomId: string) => `rui:{${roomId}}:log`,
  snapshot: (roomId: string) => `rui:{${roomId}}:snapshot`,
  nodes: 'rui:nodes',
};

export const channels = {
  roomEvents: (roomId: string) => `rui:{${roomId}}:events`,
  roomNotices: (roomId: string) => `rui:{${roomId}}:notices`,
  /** Requests to, replies to and notices for the connections of one node. */
  node: (nodeId: string) => `rui:node:${nodeId}`,
  /** Notices for a person or box, wherever it is connected. */
  principals: 'rui:principals',
};

export function roomIdOfChannel(channel: string): string {
  return channel.slice(channel.indexOf('{') + 1, channel.indexOf('}'));
}
