"""What deposits give the declaration."""

from chassis.aggregate import Aggregate
from chassis.index import Index
from chassis.view import View
from services.inventory.deposits import handlers, publish, recoveries
from services.inventory.deposits.domain.deposit import Deposit
from services.inventory.deposits.indexes import DepositEntries, OpenDeposits
from services.inventory.deposits.views import DepositLedger, Deposits

aggregates: list[type[Aggregate]] = [Deposit]
commands = [handlers]
reactions = [recoveries]
publishers = [publish]
indexes: list[type[Index]] = [OpenDeposits, DepositEntries]
views: list[type[View]] = [Deposits, DepositLedger]
