"""What delivery by hand gives the declaration; its state is the need's."""

from services.inventory.by_hand import handlers
from services.inventory.by_hand import reactions as reacting

commands = [handlers]
reactions = [reacting]
