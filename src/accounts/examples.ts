import type { User } from "./schema.ts";

export const TEACHER: User = {
  id: 7,
  username: "Ada Okafor",
  email: "ada@school.example",
  role: "TEACHER",
};

export const STUDENT: User = {
  id: 31,
  username: "Łucja Wójcik",
  email: "lucja@school.example",
  role: "STUDENT",
};
