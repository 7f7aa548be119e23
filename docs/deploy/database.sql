-- Makes the empty database and a login that owns it and nothing else; run again, it sets the
-- login's password. The instances make the tables. Run by compose.yaml with sqlcmd as sa:
--   sqlcmd … -v DATABASE_PASSWORD="…" -i database.sql
IF DB_ID(N'attendance') IS NULL CREATE DATABASE attendance;
GO
IF SUSER_ID(N'attendance') IS NULL
  CREATE LOGIN attendance WITH PASSWORD = N'$(DATABASE_PASSWORD)';
ELSE
  ALTER LOGIN attendance WITH PASSWORD = N'$(DATABASE_PASSWORD)';
GO
USE attendance;
GO
IF USER_ID(N'attendance') IS NULL CREATE USER attendance FOR LOGIN attendance;
ALTER ROLE db_owner ADD MEMBER attendance;
GO
