import type { MqttAccess } from "../capture/doors.ts";
import { mayPublish, maySubscribe, type Access, type MqttUser } from "../store/access.ts";

/** Who may speak MQTT, as the records say. Rights are those at login; who is removed has none from then on. */
export function mqttAccessOf(access: Access): MqttAccess {
  const loggedIn = new Map<string, MqttUser>();
  access.onChange(({ what, name, isGone }) => what === "user" && isGone && loggedIn.delete(name));
  return {
    hasUsers: async () => (await access.users()).length > 0,
    async authenticate(name, password) {
      const user = name === null || password === null ? null : await access.verify(name, password.toString("utf8"));
      // Checking a password takes a while, in which the user may have been removed.
      if (user === null || (await access.user(user.name))?.password !== user.password) return null;
      loggedIn.set(user.name, user);
      return user.name;
    },
    mayPublish: (name, topic) => isAllowed(loggedIn.get(name), (user) => mayPublish(user, topic)),
    maySubscribe: (name, filter) => isAllowed(loggedIn.get(name), (user) => maySubscribe(user, filter)),
  };
}

const isAllowed = (user: MqttUser | undefined, check: (user: MqttUser) => boolean): boolean => user !== undefined && check(user);
