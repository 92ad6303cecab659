/** That somebody came through the lobby of a room in this tab, and with what: a reload goes straight back in. */
export interface LobbyChoice {
  camera: boolean;
  microphone: boolean;
}

const keyOf = (roomId: string): string => `rui.room.${roomId}`;

export function rememberLobby(roomId: string, choice: LobbyChoice): void {
  try {
    sessionStorage.setItem(keyOf(roomId), JSON.stringify(choice));
  } catch {
    // Without storage a reload asks again.
  }
}

export function recallLobby(roomId: string): LobbyChoice | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(roomId)) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return null;
    const { camera, microphone } = kept as Partial<LobbyChoice>;
    return { camera: camera === true, microphone: microphone === true };
  } catch {
    return null;
  }
}

export function forgetLobby(roomId: string): void {
  try {
    sessionStorage.removeItem(keyOf(roomId));
  } catch {
    // Nothing was kept.
  }
}
